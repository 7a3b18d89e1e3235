using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Maintenance;

/// <summary>Removes what is old and no money. Charges, transfers, debits, holds, spells and the audit are kept for ever, and so is every
/// run that they name.</summary>
public sealed class Retention(NpgsqlDataSource database, IOptions<MaintenanceOptions> options)
{
    // Small transactions: nobody waits for a year's rows to be removed.
    private const int Batch = 10_000;
    private const string Runs = "runs";

    // A window of the oldest that follow the window before, so that what is kept for ever is passed over once and not by each batch.
    // The latest occurrence of a job says what is due next, so it stays however old it is.
    private const string RunsSql = """
        with old as materialized (
            select id, job, started_at, scheduled_for, status, hours_billed, tokens_debited from cron_service.runs
            where started_at < now() - @keep and (started_at, id) > (coalesce(@after::timestamptz, '-infinity'), @after_id)
            order by started_at, id limit @batch),
        removed as (
            delete from cron_service.runs where id in (
                select r.id from old r
                where r.status <> 'running' and r.hours_billed = 0 and r.tokens_debited = 0
                  and (r.scheduled_for is null or r.scheduled_for < (select max(n.scheduled_for) from cron_service.runs n
                      where n.job = r.job))
                  and not exists (select from cron_service.transfers t where t.run_id = r.id)
                  and not exists (select from cron_service.debits d where d.run_id = r.id)
                  and not exists (select from cron_service.holds h where r.id in (h.opened_by_run_id, h.closed_by_run_id)))
            returning 1)
        select (select count(*) from removed), (select count(*) from old), o.started_at, o.id
        from old o order by o.started_at desc, o.id desc limit 1
        """;

    private const string ErrorsSql = """
        delete from cron_service.run_errors where (run_id, ordinal) in (
            select run_id, ordinal from cron_service.run_errors where created_at < now() - @keep limit @batch)
        """;

    // The latest complete reading is what the status tells of.
    private const string ObservationsSql = """
        delete from cron_service.observations where id in (
            select id from cron_service.observations
            where observed_at < now() - @keep and id < (select max(id) from cron_service.observations where is_complete) limit @batch)
        """;

    private const string KeysSql = """
        delete from cron_service.idempotency_keys where (caller, operation, key) in (
            select caller, operation, key from cron_service.idempotency_keys where created_at < now() - @keep limit @batch)
        """;

    private const string MessagesSql = """
        delete from cron_service.outbox where id in (select id from cron_service.outbox where closed_at < now() - @keep limit @batch)
        """;

    private const string RefusalsSql = """
        delete from cron_service.refusals where (minute, source, actor, reason) in (
            select minute, source, actor, reason from cron_service.refusals where minute < now() - @keep limit @batch)
        """;

    // What one said that counts is in its top-up. A replay is refused by its age long before it is forgotten here.
    private const string PayPalEventsSql = """
        delete from cron_service.paypal_events where event_id in (select event_id from cron_service.paypal_events
            where received_at < now() - @keep limit @batch)
        """;

    // The audit says for ever who made and revoked which.
    private const string LinksSql = """
        delete from cron_service.customer_links where id in (
            select id from cron_service.customer_links where least(expires_at, revoked_at) < now() - @keep limit @batch)
        """;

    private (string What, string Sql, TimeSpan Keep)[] Rules =>
    [
        ("error lines", ErrorsSql, options.Value.KeepRuns),
        ("readings", ObservationsSql, options.Value.KeepObservations),
        ("idempotency keys", KeysSql, options.Value.KeepIdempotencyKeys),
        ("messages", MessagesSql, options.Value.KeepMessages),
        ("PayPal events", PayPalEventsSql, options.Value.KeepMessages),
        ("refusals", RefusalsSql, options.Value.KeepRefusals),
        ("links", LinksSql, options.Value.KeepLinks),
    ];

    /// <param name="fence">Of the run; checked in each transaction.</param>
    /// <param name="ct">Stops it between two portions; what had gone by then is told.</param>
    /// <returns>How many rows of each kind went.</returns>
    public async Task<IReadOnlyList<(string What, long Rows)>> RemoveAsync(Fence fence, CancellationToken ct)
    {
        var rules = Rules;
        var (runs, rows) = (0L, new long[rules.Length]);
        try
        {
            await using var connection = await database.OpenConnectionAsync(ct);
            RunWindow? window = null;
            do
            {
                window = await RemoveRunsAsync(connection, fence, window, ct);
                runs += window?.Removed ?? 0;
            }
            while (window?.Looked == Batch);
            for (var rule = 0; rule < rules.Length; rule++)
            {
                int batch;
                do
                {
                    batch = await RemoveBatchAsync(connection, fence, rules[rule].Sql, rules[rule].Keep, ct);
                    rows[rule] += batch;
                }
                while (batch == Batch);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) // The portion that was under way is rolled back.
        {
        }
        return [(Runs, runs), .. rules.Select((rule, i) => (rule.What, rows[i]))];
    }

    /// <returns>How many rows of each kind would go; all of it is rolled back.</returns>
    public async Task<List<(string What, long Rows)>> PreviewAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        var runs = await WindowAsync(connection, null, 0, int.MaxValue, ct);
        var counts = new List<(string, long)> { (Runs, runs?.Removed ?? 0) };
        foreach (var (what, sql, keep) in Rules)
            counts.Add((what, await connection.ExecuteAsync(sql, ct, ("keep", keep), ("batch", int.MaxValue))));
        await transaction.RollbackAsync(ct);
        return counts;
    }

    private static async Task<int> RemoveBatchAsync(NpgsqlConnection connection, Fence fence, string sql, TimeSpan keep,
        CancellationToken ct)
    {
        await using var transaction = await connection.BeginAsync(ct);
        await fence.HoldAsync(connection, ct);
        var removed = await connection.ExecuteAsync(sql, ct, ("keep", keep), ("batch", Batch));
        // Cut off in this moment, nobody would know whether they went.
        await transaction.CommitAsync(CancellationToken.None);
        return removed;
    }

    private async Task<RunWindow?> RemoveRunsAsync(NpgsqlConnection connection, Fence fence, RunWindow? before, CancellationToken ct)
    {
        await using var transaction = await connection.BeginAsync(ct);
        await fence.HoldAsync(connection, ct);
        var window = await WindowAsync(connection, before?.StartedAt, before?.Id ?? 0, Batch, ct);
        await transaction.CommitAsync(CancellationToken.None);
        return window;
    }

    /// <returns>Null when none is old enough after the window before.</returns>
    private async Task<RunWindow?> WindowAsync(NpgsqlConnection connection, DateTime? after, long afterId, int batch,
        CancellationToken ct) =>
        (await connection.QueryAsync(RunsSql, row => new RunWindow(row.GetInt64(0), row.GetInt64(1), row.GetDateTime(2), row.GetInt64(3)),
            ct,
            ("keep", options.Value.KeepRuns), ("after", after), ("after_id", afterId), ("batch", batch))).FirstOrDefault();

    /// <summary>Runs that were looked at, and with which of them the window ended.</summary>
    private sealed record RunWindow(long Removed, long Looked, DateTime StartedAt, long Id);
}
