using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Billing;

/// <summary>Executes hourly billing: resolves debits in doubt, observes, charges and delivers. If it is killed and repeated, each
/// server-hour is still charged once, and each token taken once.</summary>
public sealed class BillingRun(
    NpgsqlDataSource database, Observer observer, RunPlanner planner, PortionCharge portionCharge, InDoubt inDoubt, Delivery delivery,
    ILogger<BillingRun> logger)
{
    private const string CutoffSql = "select date_trunc('hour', coalesce(@as_of::timestamptz, now()), 'UTC')";

    private const string ServersSql = "select servers from cron_service.run_figures(@run_id)";

    // The block range index covers rows only after a vacuum. Without this, reading any run would scan all charges of this one.
    private const string SummarizeSql = "set local lock_timeout = '5s'; select brin_summarize_new_values('cron_service.charges_run')";

    /// <param name="fence">The right to write; checked in the transaction that charges.</param>
    /// <param name="hoursPerMonth">The stored basis for enrolments without their own.</param>
    /// <param name="isDryRun">Computes everything without changing the ledger or VirtFusion.</param>
    /// <param name="asOf">The instant to bill at; null, in production, for the database's clock.</param>
    public async Task<BillingResult> ExecuteAsync(
        long runId, Fence fence, int hoursPerMonth, bool isDryRun, CancellationToken ct, DateTimeOffset? asOf = null)
    {
        var startedAt = await DatabaseClock.NowAsync(database, ct);
        if (!isDryRun)
            await inDoubt.ResolveAsync(ct);
        var reading = await observer.ReadAsync(asOf, ct);
        var result = await ChargeAsync(runId, fence, reading, hoursPerMonth, isDryRun, asOf, ct);
        if (isDryRun)
            return result;

        var delivered = await delivery.DeliverAsync(startedAt, ct);
        return result with
        {
            TokensDebited = delivered.Tokens,
            IsPaused = delivered.IsPaused,
            Problems = [.. result.Problems, .. delivered.Errors],
        };
    }

    /// <summary>Records a reading and charges the time that it decided, without calling VirtFusion.</summary>
    public async Task<BillingResult> ChargeAsync(
        long runId, Fence fence, Reading reading, int hoursPerMonth, bool isDryRun, DateTimeOffset? asOf, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var metering = await connection.BeginAsync(ct);
        var notes = await observer.RecordAsync(connection, reading, hoursPerMonth, ct);
        var takeOver = await PanelHours.PassOverAsync(connection, await Observer.LockAsync(connection, reading.AsOf, ct), $"run {runId}",
            ct);
        List<RunError> problems = [.. reading.Problems, .. await Enrolments.ProblemsAsync(connection, ct)];
        if (!isDryRun)
            await metering.CommitAsync(ct);

        // A dry run continues in the first transaction, which is rolled back.
        var (scope, plan, figures, tokens) = isDryRun
            ? await ChargePortionsAsync(connection, metering, runId, fence: null, asOf, ct)
            : await ChargePortionsAsync(connection, null, runId, fence, asOf, ct);
        if (isDryRun)
            await metering.RollbackAsync(ct);
        else
            await SummarizeAsync(connection, runId, ct);

        foreach (var note in notes)
            logger.LogWarning("{Run}: {Note}", isDryRun ? "Dry run" : $"Run {runId}", note);
        return new(scope.Cutoff, reading.States.Count > 0 || reading.IsComplete, plan.IsRunHeld, figures.Servers, figures.Hours,
            figures.Amount, tokens, plan.Lines, problems, notes) { TakeOver = takeOver };
    }

    /// <summary>Plans the run, then charges its portions one by one. The first portion is charged in the transaction of the
    /// plan.</summary>
    /// <param name="dryRun">The transaction of a dry run; null for a transaction per portion.</param>
    private async Task<(RunScope Scope, RunPlan Plan, ChargeTotals Figures, long Tokens)> ChargePortionsAsync(
        NpgsqlConnection connection, NpgsqlTransaction? dryRun, long runId, Fence? fence, DateTimeOffset? asOf, CancellationToken ct)
    {
        RunScope? scope = null;
        RunPlan? plan = null;
        var (number, chargedSoFar, sum) = (0, new ChargedSoFar(), new ChargeTotals(0, 0, 0, false));
        for (var index = 0; plan is null || index < plan.Portions.Count;)
        {
            ct.ThrowIfCancellationRequested(); // A safe point: earlier portions are committed.
            await using var own = dryRun is null ? await connection.BeginAsync(ct) : null;
            await ChargeLocks.TakeAsync(connection, plan?.Portions[index] ?? Portion.All, ct);
            if (fence is not null)
                await fence.CheckAsync(connection, ct);
            if (plan is null)
            {
                scope = new(runId, await CutoffAsync(connection, asOf, ct), dryRun is not null);
                plan = await planner.PlanAsync(connection, scope, ct);
            }
            var isSelected = number == 0 && plan.Portions is [{ HoursPerServer: null }];
            // A continued run has the id of the first, and a fencing number of its own.
            var part = FormattableString.Invariant($"{fence?.Number}.{number++}");
            var charged = await portionCharge.ChargeAsync(own ?? dryRun!, scope!, plan, index, part, isSelected, chargedSoFar, ct);
            if (charged is null)
            {
                plan.Lines.Add(new(null,
                    "more time was decided while the run charged, which is beyond the bound of a run: the next run judges it"));
                break;
            }
            if (own is not null)
            {
                // If the lease has expired since, another process may have closed this run without charges.
                await fence!.CheckAndLockAsync(connection, ct);
                await own.CommitAsync(ct);
            }
            sum = new(sum.Servers + charged.Servers, sum.Hours + charged.Hours, sum.Amount + charged.Amount, sum.IsCut || charged.IsCut);
            if (!charged.IsCut)
            {
                index++;
                chargedSoFar.Accounts.Clear();
            }
        }
        if (sum.IsCut) // Servers were charged in several transactions each.
            sum = sum with { Servers = await connection.ScalarLongAsync<int>(ServersSql, ct, ("run_id", runId)) };
        return (scope!, plan, sum, dryRun is null ? 0 : await Debits.PendingTokensAsync(connection, ct));
    }

    private static Task<DateTimeOffset> CutoffAsync(NpgsqlConnection connection, DateTimeOffset? asOf, CancellationToken ct) =>
        connection.ScalarAsync<DateTimeOffset>(CutoffSql, ct, ("as_of", asOf?.UtcDateTime));

    private async Task SummarizeAsync(NpgsqlConnection connection, long runId, CancellationToken ct)
    {
        try
        {
            await connection.ExecuteAsync(SummarizeSql, ct);
        }
        catch (PostgresException e) // A vacuum is running, or another role owns the table: only reads are slower.
        {
            logger.LogWarning("Run {RunId}: the index on its charges waits for a vacuum: {Reason}", runId, e.MessageText);
        }
    }
}
