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
        select (select count(*) from removed) as removed, (select count(*) from old) as read, o.started_at, o.id
        from old o order by o.started_at desc, o.id desc limit 1
        """;

    // The latest complete reading stays, as the status shows it, and the first that listed servers, with which the shadow begins.
    private const string OldObservations = """
        observed_at < now() - @keep and id < (select max(id) from cron_service.observations where is_complete)
              and id is distinct from (select id from cron_service.observations where servers_listed > 0 order by observed_at, id limit 1)
        """;

    // PayPal's events have their data in the top-ups, and a replay is refused by its age long before its event is removed here. The audit
    // has who created and revoked a link.
    private Rule[] Rules =>
    [
        new("error lines", "run_errors", "created_at < now() - @keep", options.Value.KeepRuns),
        new("readings", "observations", OldObservations, options.Value.KeepObservations),
        new("idempotency keys", "idempotency_keys", "created_at < now() - @keep", options.Value.KeepIdempotencyKeys),
        new("messages", "outbox", "closed_at < now() - @keep", options.Value.KeepMessages),
        new("PayPal events", "paypal_events", "received_at < now() - @keep", options.Value.KeepMessages),
        new("refusals", "refusals", "minute < now() - @keep", options.Value.KeepRefusals),
        new("links", "customer_links", "least(expires_at, revoked_at) < now() - @keep", options.Value.KeepLinks),
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
                    batch = await RemoveBatchAsync(connection, fence, rules[rule], ct);
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
        foreach (var rule in Rules)
            counts.Add((rule.What, await RemoveAsync(connection, rule, int.MaxValue, ct)));
        await transaction.RollbackAsync(ct);
        return counts;
    }

    private static Task<int> RemoveAsync(NpgsqlConnection connection, Rule rule, int batch, CancellationToken ct) =>
        connection.ExecuteAsync($"""
            delete from cron_service.{rule.Table}
                where ctid = any(array(select ctid from cron_service.{rule.Table} where {rule.Condition} limit @batch))
            """, ct, ("keep", rule.Keep), ("batch", batch));

    private static async Task<int> RemoveBatchAsync(NpgsqlConnection connection, Fence fence, Rule rule, CancellationToken ct)
    {
        await using var transaction = await connection.BeginAsync(ct);
        await fence.CheckAndLockAsync(connection, ct);
        var removed = await RemoveAsync(connection, rule, BatchSize, ct);
        // Not cancellable: otherwise the count could be wrong.
        await transaction.CommitAsync(CancellationToken.None);
        return removed;
    }

    private async Task<RunWindow?> RemoveRunsAsync(NpgsqlConnection connection, Fence fence, RunWindow? before, CancellationToken ct)
    {
        await using var transaction = await connection.BeginAsync(ct);
        await fence.CheckAndLockAsync(connection, ct);
        var window = await WindowAsync(connection, before?.StartedAt, before?.Id ?? 0, BatchSize, ct);
        await transaction.CommitAsync(CancellationToken.None);
        return window;
    }

    /// <returns>Null when no more runs are old enough.</returns>
    private Task<RunWindow?> WindowAsync(NpgsqlConnection connection, DateTime? after, long afterId, int batch, CancellationToken ct) =>
        connection.FindAsync<RunWindow>(RunsSql, ct,
            ("keep", options.Value.KeepRuns), ("after", after), ("after_id", afterId), ("batch", batch));

    /// <param name="Condition">Of the old rows, with <c>@keep</c>.</param>
    private sealed record Rule(string What, string Table, string Condition, TimeSpan Keep);

    /// <summary>The number of runs removed and read, and the last run of the window.</summary>
    private sealed record RunWindow(long Removed, long Read, DateTime StartedAt, long Id);
}
