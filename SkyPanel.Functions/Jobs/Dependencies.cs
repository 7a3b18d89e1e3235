using System.Collections.Concurrent;

namespace SkyPanel.Functions.Jobs;

/// <summary>Makes a scheduled run wait until the jobs that it depends on are up to date. A manual run doesn't wait.</summary>
public sealed class Dependencies(JobRegistry jobs, NpgsqlDataSource database, JobStates states, ILogger<Dependencies> logger)
{
    private const string ReadSql = "select waits_for from cron_service.jobs where job = @job";
    private const string AllSql = "select job, waits_for from cron_service.jobs";

    // Two concurrent changes could each add half of a cycle.
    private const string LockSql = "select from cron_service.jobs order by job for update";

    private const string WriteSql = "update cron_service.jobs set waits_for = @waits_for where job = @job";

    private const string WaitersSql = "select job from cron_service.jobs where @job = any(waits_for) order by job";

    private readonly ConcurrentDictionary<string, string> _logged = new();

    public async Task<IReadOnlyList<string>> ReadAsync(string job, CancellationToken ct) =>
        await database.FindAsync<string[]>(ReadSql, ct, ("job", job)) ?? [];

    /// <returns>The dependencies of each job.</returns>
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> ListAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        return await ListAsync(connection, ct);
    }

    /// <returns>The jobs that depend on one.</returns>
    public async Task<IReadOnlyList<string>> WaitersAsync(string job, CancellationToken ct) =>
        [.. (await database.QueryAsync<string>(WaitersSql, ct, ("job", job)))
            .Where(waiting => jobs.Find(waiting) is not null)];

    /// <summary>Stores the dependencies of a job in the caller's transaction, after its settings were read there.</summary>
    /// <returns>Null when they were stored; otherwise the cycle that prevents it, such as <c>a, b, a</c>.</returns>
    public static async Task<IReadOnlyList<string>?> WriteAsync(NpgsqlConnection connection, string job, IReadOnlyList<string> waitsFor,
        CancellationToken ct)
    {
        await connection.ExecuteAsync(LockSql, ct);
        var waits = await ListAsync(connection, ct);
        waits[job] = waitsFor;
        if (WaitGraph.FindCycle(waits, job) is { } cycle)
            return cycle;
        await connection.ExecuteAsync(WriteSql, ct, ("job", job), ("waits_for", waitsFor.ToArray()));
        return null;
    }

    /// <returns>The states of the dependencies when a job may start; null while one isn't up to date, which is logged once.</returns>
    public async Task<IReadOnlyList<Awaited>?> FindReadyAsync(IJob job, CancellationToken ct)
    {
        var awaited = await FindAwaitedAsync(job.Name, ct);
        var waits = string.Join("; ", awaited.Where(other => other.Reason is not null));
        if (waits.Length == 0)
        {
            _logged.TryRemove(job.Name, out _);
            return awaited;
        }
        if (_logged.GetValueOrDefault(job.Name) != waits)
            logger.LogInformation("{Job} is due and waits for {Others}", job.Title, waits);
        _logged[job.Name] = waits;
        return null;
    }

    private static async Task<Dictionary<string, IReadOnlyList<string>>> ListAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await connection.QueryAsync(AllSql, row => (Job: row.Get<string>("job"), For: row.Get<string[]>("waits_for")), ct))
            .ToDictionary(row => row.Job, row => (IReadOnlyList<string>)row.For);

    private async Task<IReadOnlyList<Awaited>> FindAwaitedAsync(string job, CancellationToken ct)
    {
        var names = await ReadAsync(job, ct);
        return names.Count == 0 ? [] : Awaited.Of(names, await states.ReadAsync([.. names.Select(jobs.Find).OfType<IJob>()], ct));
    }
}

/// <summary>A dependency of a job.</summary>
/// <param name="RunId">Its latest run; null unless it is up to date.</param>
/// <param name="Reason">The reason why it isn't up to date; null when it is.</param>
/// <param name="IsPending">Whether it will be up to date without a person.</param>
public sealed record Awaited(string Job, long? RunId, DateTime? FinishedAt, string? Reason, bool IsPending = false)
{
    /// <param name="states">The states of these jobs, as far as they exist.</param>
    public static IReadOnlyList<Awaited> Of(IReadOnlyList<string> names, IReadOnlyDictionary<string, JobState> states) =>
        [.. names.Select(name => states.TryGetValue(name, out var other) ? other.AsAwaited()
            : new(name, null, null, "which is no job of this version"))];

    /// <summary>Converts to the entry of the run log for a run due at an instant.</summary>
    public WaitedFor Since(DateTimeOffset dueAt) =>
        new(Job, RunId ?? 0, Math.Max(0, (long)((FinishedAt ?? dueAt.UtcDateTime) - dueAt.UtcDateTime).TotalSeconds));

    public override string ToString() => $"{Job}, {Reason}";
}
