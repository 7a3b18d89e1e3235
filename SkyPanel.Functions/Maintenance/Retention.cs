namespace SkyPanel.Functions.Maintenance;

/// <summary>Removes old rows that are not about money. Charges, transfers, debits, holds, spells and the audit are never removed, nor the
/// runs that they refer to.</summary>
public sealed class Retention(NpgsqlDataSource database, IOptions<MaintenanceOptions> options)
{
    // Small transactions, so that nobody waits long for locks.
    private const int BatchSize = 10_000;
    private const string Runs = "runs";

    // Reads the oldest runs in windows, each after the one before, so that runs that stay are read once. The latest occurrence of a job
    // stays, as it determines the next one.
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

    // The latest complete reading stays, as the status shows it, and the first that listed servers, with which the shadow begins.
    private const string ObservationsSql = """
        delete from cron_service.observations where id in (
            select id from cron_service.observations
            where observed_at < now() - @keep and id < (select max(id) from cron_service.observations where is_complete)
              and id is distinct from (select id from cron_service.observations where servers_listed > 0 order by observed_at, id limit 1)
            limit @batch)
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

    // Their data is in the top-ups. A replay is refused by its age long before its event is removed here.
    private const string PayPalEventsSql = """
        delete from cron_service.paypal_events where event_id in (select event_id from cron_service.paypal_events
            where received_at < now() - @keep limit @batch)
        """;

    // The audit has who created and revoked them.
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

    /// <param name="fence">The run's fence, checked in each transaction.</param>
    /// <param name="ct">Stops between two batches; the result has those before.</param>
    /// <returns>The number of removed rows of each kind.</returns>
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
            while (window?.Read == BatchSize);
            for (var rule = 0; rule < rules.Length; rule++)
            {
                int batch;
                do
                {
                    batch = await RemoveBatchAsync(connection, fence, rules[rule].Sql, rules[rule].Keep, ct);
                    rows[rule] += batch;
                }
                while (batch == BatchSize);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) // The current batch is rolled back.
        {
        }
        return [(Runs, runs), .. rules.Select((rule, i) => (rule.What, rows[i]))];
    }

    /// <summary>Counts the rows of each kind that would be removed, and rolls back.</summary>
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
        var removed = await connection.ExecuteAsync(sql, ct, ("keep", keep), ("batch", BatchSize));
        // Not cancellable: otherwise the count could be wrong.
        await transaction.CommitAsync(CancellationToken.None);
        return removed;
    }

    private async Task<RunWindow?> RemoveRunsAsync(NpgsqlConnection connection, Fence fence, RunWindow? before, CancellationToken ct)
    {
        await using var transaction = await connection.BeginAsync(ct);
        await fence.HoldAsync(connection, ct);
        var window = await WindowAsync(connection, before?.StartedAt, before?.Id ?? 0, BatchSize, ct);
        await transaction.CommitAsync(CancellationToken.None);
        return window;
    }

    /// <returns>Null when no more runs are old enough.</returns>
    private async Task<RunWindow?> WindowAsync(NpgsqlConnection connection, DateTime? after, long afterId, int batch,
        CancellationToken ct) =>
        (await connection.QueryAsync(RunsSql, row => new RunWindow(row.GetInt64(0), row.GetInt64(1), row.GetDateTime(2), row.GetInt64(3)),
            ct,
            ("keep", options.Value.KeepRuns), ("after", after), ("after_id", afterId), ("batch", batch))).FirstOrDefault();

    /// <summary>The number of runs removed and read, and the last run of the window.</summary>
    private sealed record RunWindow(long Removed, long Read, DateTime StartedAt, long Id);
}
