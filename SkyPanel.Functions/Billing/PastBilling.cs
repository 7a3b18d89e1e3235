using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Billing;

/// <summary>Observes and bills as of past instants, for the demo's history. No route, timer or job calls it.</summary>
public sealed class PastBilling(BillingRun billing, Observer observer, BillingSettings settings, RunLog log, Leases leases,
    NpgsqlDataSource database)
{
    /// <summary>The keys of the two delegates for the demo, which knows no types of this program.</summary>
    public const string ObserveKey = "observe as of", BillKey = "bill as of";

    private const string Holder = "history";

    /// <summary>Reads VirtFusion and the panel, and records the reading as of an instant.</summary>
    public async Task ObserveAsync(DateTimeOffset asOf, CancellationToken ct)
    {
        var hoursPerMonth = (await settings.ReadAsync(ct)).HoursPerMonth;
        var reading = await observer.ReadAsync(asOf, ct);
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        await observer.RecordAsync(connection, reading, hoursPerMonth, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Executes the run of an occurrence as of its time, unless it has a run.</summary>
    /// <param name="asOf">A full hour.</param>
    public async Task BillAsync(DateTimeOffset asOf, CancellationToken ct)
    {
        var hoursPerMonth = (await settings.ReadAsync(ct)).HoursPerMonth;
        if (await log.OpenAsync(BillingSettings.Job, RunTrigger.Schedule, "scheduler", asOf, 0, ct) is not { } runId)
            return;
        var fence = await leases.AcquireAsync(BillingSettings.Job, Holder, ct)
            ?? throw new InvalidOperationException("Another run of hourly-billing is executing.");
        try
        {
            var result = await billing.ExecuteAsync(runId, fence, hoursPerMonth, isDryRun: false, ct, asOf);
            await log.CloseAsync(runId, HourlyBillingJob.OutcomeOf(result, []), null);
        }
        finally
        {
            await leases.ReleaseAsync(fence);
        }
    }
}
