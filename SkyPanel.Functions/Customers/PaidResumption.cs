using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Customers;

/// <summary>Resumes an account's servers as soon as a top-up is granted. The next heartbeat retries what fails.</summary>
public sealed class PaidResumption(
    SuspensionOrders orders, SuspensionSteps steps, BackgroundRuns background, TimeProvider time,
    ILogger<PaidResumption> logger)
{
    // The payer's request waits no longer for VirtFusion.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    public async Task ResumeAsync(long accountId) => await ((Task)background.Start(ct => TryResumeAsync(accountId, ct)))
        .WaitAsync(MaxWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

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
