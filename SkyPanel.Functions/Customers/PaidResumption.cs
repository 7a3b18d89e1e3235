using Microsoft.Extensions.Logging;
using Npgsql;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Customers;

/// <summary>Resumes an account's servers as soon as a top-up has brought its tokens. What fails is left to the next heartbeat.</summary>
public sealed class PaidResumption(
    SuspensionOrders orders, SuspensionSteps steps, BackgroundRuns background, TimeProvider time,
    ILogger<PaidResumption> logger)
{
    // A payer's page is answered by then, whatever VirtFusion does.
    private static readonly TimeSpan WaitsFor = TimeSpan.FromSeconds(5);

    public async Task ResumeAsync(long accountId) => await ((Task)background.Start(ct => TryResumeAsync(accountId, ct)))
        .WaitAsync(WaitsFor, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task<bool> TryResumeAsync(long accountId, CancellationToken ct)
    {
        try
        {
            if (await orders.ResumePaidAsync(accountId, ct) == 0)
                return false;
            await steps.AdvanceAsync(accountId, ct);
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            logger.LogWarning("Account {AccountId} has paid and is resumed by the next heartbeat: {Reason}", accountId, e.Message);
            return false;
        }
    }
}
