using Microsoft.Extensions.Logging;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Panel;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Billing;

/// <summary>The hourly billing, step by step: judge what is in doubt, observe, charge, deliver. Killed anywhere and repeated, it
/// charges each server-hour once and takes each token once.</summary>
public sealed class BillingRun(
    NpgsqlDataSource database, Observer observer, CatchUp catchUp, Charges charges, MonthCosts months, Bounds bounds, Debits debits,
    PanelRows panelRows, InDoubt inDoubt, Delivery delivery, ILogger<BillingRun> logger)
{
    private const string ClockSql = "select now()";
    private const string CutoffSql = "select date_trunc('hour', coalesce(@as_of::timestamptz, now()), 'UTC')";

    // The index on a run's charges covers what was there at the last vacuum; until the next, whoever asks for any run would read all charges of this one.
    private const string SummarizeSql = "set local lock_timeout = '5s'; select brin_summarize_new_values('cron_service.charges_run')";

    /// <param name="fence">The right to write; checked in the transaction that charges.</param>
    /// <param name="hoursPerMonth">The stored basis for enrolments without their own.</param>
    /// <param name="isDryRun">True: everything is computed and nothing is kept, in the ledger or at VirtFusion.</param>
    /// <param name="asOf">Bill as if it were this instant; null, in production, for the database's clock.</param>
    public async Task<BillingResult> ExecuteAsync(
        long runId, Fence fence, int hoursPerMonth, bool isDryRun, CancellationToken ct, DateTimeOffset? asOf = null)
    {
        var startedAt = (await database.QueryAsync(ClockSql, row => row.GetFieldValue<DateTimeOffset>(0), ct))[0];
        if (!isDryRun)
            await inDoubt.ResolveAsync(ct);
        var reading = await observer.ReadAsync(asOf, ct);
        var result = await ChargeAsync(runId, fence, reading, hoursPerMonth, isDryRun, asOf, ct);
        if (isDryRun)
            return result;

        var delivered = await delivery.DeliverAsync(fence.Holder, startedAt, ct);
        return result with
        {
            TokensDebited = delivered.Tokens,
            IsPaused = delivered.IsPaused,
            Problems = [.. result.Problems,
                .. delivered.Failures.Select(f => MeteringProblem.OfApi($"debit {f.DebitId} of user {f.UserId} {f.Message}")),
                .. delivered.StopReason is { } reason ? [MeteringProblem.OfApi(reason)] : Array.Empty<MeteringProblem>()],
        };
    }

    /// <summary>Records a reading and charges what it decided. The part of a run that calls nobody.</summary>
    public async Task<BillingResult> ChargeAsync(
        long runId, Fence fence, Reading reading, int hoursPerMonth, bool isDryRun, DateTimeOffset? asOf, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var metering = await connection.BeginAsync(ct);
        var notes = await observer.RecordAsync(connection, reading, hoursPerMonth, ct);
        List<MeteringProblem> problems = [.. reading.Problems, .. await Enrolments.ProblemsAsync(connection, ct)];
        if (!isDryRun)
            await metering.CommitAsync(ct);

        // A dry run goes on in the first transaction and rolls all of it back.
        await using var billing = isDryRun ? null : await connection.BeginAsync(ct);
        var transaction = billing ?? metering;
        await ChargeLocks.TakeAsync(connection, ct);
        if (!isDryRun)
            await fence.CheckAsync(connection, ct);
        var cutoff = (await connection.QueryAsync(CutoffSql, row => row.GetFieldValue<DateTimeOffset>(0), ct, ("as_of", asOf?.UtcDateTime)))[0];
        await Postings.BeginAsync(connection, ct);
        var held = await ChargeWithinBoundsAsync(transaction, runId, cutoff, isDryRun, ct);
        var (servers, hours, amount) = await Postings.PostAsync(connection, runId, cutoff, ct);
        await months.AdjustRunAsync(connection, runId, ct);
        await debits.OpenOfRunAsync(connection, runId, ct);
        await panelRows.WriteAsync(transaction, runId, ct);
        var tokens = isDryRun ? await Debits.PendingTokensAsync(connection, ct) : 0;
        if (isDryRun)
            await transaction.RollbackAsync(ct);
        else
        {
            // It may have run out since: then another may have closed this run, with nothing charged.
            await fence.HoldAsync(connection, ct);
            await transaction.CommitAsync(ct);
            await SummarizeAsync(connection, runId, ct);
        }

        foreach (var note in notes)
            logger.LogWarning("{Run}: {Note}", isDryRun ? "Dry run" : $"Run {runId}", note);
        return new(cutoff, reading.States.Count > 0 || reading.IsComplete, held.IsRunHeld, servers, hours, amount, tokens, held.Lines, problems, notes);
    }

    private async Task SummarizeAsync(NpgsqlConnection connection, long runId, CancellationToken ct)
    {
        try
        {
            await connection.ExecuteAsync(SummarizeSql, ct);
        }
        catch (PostgresException e) // A vacuum is at it, or another role owns the table: reading is slower, nothing else.
        {
            logger.LogWarning("Run {RunId}: the index on its charges waits for a vacuum: {Reason}", runId, e.MessageText);
        }
    }

    private async Task<(bool IsRunHeld, List<HeldLine> Lines)> ChargeWithinBoundsAsync(
        NpgsqlTransaction transaction, long runId, DateTimeOffset cutoff, bool isDryRun, CancellationToken ct)
    {
        var connection = transaction.Connection!;
        if (await Bounds.HeldRunAsync(connection, ct) is { } holdId)
        {
            await ChargeApprovedAsync();
            return (true, [new(null, $"hold {holdId} of an earlier run is still to be approved or rejected: nothing else is charged before")]);
        }

        var lines = await catchUp.HoldAsync(connection, runId, cutoff, isDryRun, ct);
        var heldAccounts = await Bounds.HeldAccountsAsync(connection, ct);
        await transaction.SaveAsync("uncharged", ct);
        await charges.ChargeAsync(connection, runId, cutoff, heldAccounts, ct);
        if (bounds.AreSet && await bounds.AccountsBeyondAsync(connection, runId, ct) is { Count: > 0 } beyond)
        {
            await transaction.RollbackAsync("uncharged", ct);
            foreach (var excess in beyond)
                lines.Add(await Bounds.HoldAsync(connection, runId, excess, isDryRun, ct));
            await transaction.SaveAsync("uncharged", ct);
            await charges.ChargeAsync(connection, runId, cutoff, await Bounds.HeldAccountsAsync(connection, ct), ct);
        }
        if (bounds.AreSet && await bounds.RunBeyondAsync(connection, runId, ct) is { } runExcess)
        {
            await transaction.RollbackAsync("uncharged", ct);
            lines.Add(await Bounds.HoldAsync(connection, runId, runExcess, isDryRun, ct));
            await ChargeApprovedAsync();
            return (true, lines);
        }
        await Bounds.CloseApprovedAsync(connection, runId, ct);
        return (false, lines);

        // What a person has approved never waits for what has still to be decided.
        async Task ChargeApprovedAsync()
        {
            await charges.ChargeAsync(connection, runId, cutoff, await Bounds.AllAccountsAsync(connection, ct), ct);
            await Bounds.CloseApprovedAsync(connection, runId, ct);
        }
    }
}
