using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Jobs that wait for others: a scheduled run starts once each of those is up to date. One by hand waits for nobody: that is an admin's decision.</summary>
public sealed class Dependencies(
    JobTypes jobs, NpgsqlDataSource database, RunLog log, RunQueries runs, Leases leases, Pauses pauses, Retries retries, ILogger<Dependencies> logger)
{
    private const string ReadSql = "select waits_for from cron_service.jobs where job = @job";
    private const string AllSql = "select job, waits_for from cron_service.jobs";

    // Two admins at once could each add half of a circle.
    private const string LockSql = "select from cron_service.jobs order by job for update";

    private const string WriteSql = "update cron_service.jobs set waits_for = @waits_for where job = @job";

    private const string WaitersSql = "select job from cron_service.jobs where @job = any(waits_for) order by job";

    private readonly ConcurrentDictionary<string, string> _told = new();

    public async Task<IReadOnlyList<string>> ReadAsync(string job, CancellationToken ct) =>
        (await database.QueryAsync(ReadSql, row => row.GetFieldValue<string[]>(0), ct, ("job", job))).FirstOrDefault() ?? [];

    /// <returns>By job, those that it waits for.</returns>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> ListAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await ListAsync(connection, ct);
    }

    /// <returns>The jobs that wait for one.</returns>
    public async Task<IReadOnlyList<string>> WaitersAsync(string job, CancellationToken ct) =>
        [.. (await database.QueryAsync(WaitersSql, row => row.GetString(0), ct, ("job", job))).Where(waiting => jobs.Find(waiting) is not null)];

    /// <summary>Stores what a job, whose settings were read before, waits for, in the caller's transaction.</summary>
    /// <returns>The circle in which jobs would wait, as <c>a, b, a</c>, and nothing is stored; null when there is none.</returns>
    public static async Task<IReadOnlyList<string>?> WriteAsync(NpgsqlConnection connection, string job, IReadOnlyList<string> waitsFor, CancellationToken ct)
    {
        await connection.ExecuteAsync(LockSql, ct);
        var waits = await ListAsync(connection, ct);
        waits[job] = waitsFor;
        if (WaitGraph.FindCycle(waits, job) is { } cycle)
            return cycle;
        await connection.ExecuteAsync(WriteSql, ct, ("job", job), ("waits_for", waitsFor.ToArray()));
        return null;
    }

    /// <returns>The others as they stand, when a job may start; null while one of them isn't up to date, which the console is told once.</returns>
    public async Task<IReadOnlyList<Awaited>?> FindReadyAsync(JobType job, CancellationToken ct)
    {
        var awaited = await LookAsync(job.Name, ct);
        var waits = string.Join("; ", awaited.Where(other => other.Reason is not null));
        if (waits.Length == 0)
        {
            _told.TryRemove(job.Name, out _);
            return awaited;
        }
        if (_told.GetValueOrDefault(job.Name) != waits)
            logger.LogInformation("{Job} is due and waits for {Others}", job.Title, waits);
        _told[job.Name] = waits;
        return null;
    }

    /// <returns>What a job that is due waits for now; empty when it isn't due, or waits for nobody.</returns>
    public async Task<IReadOnlyList<Awaited>> WaitingAsync(JobSettings settings, DateTimeOffset now, CancellationToken ct) =>
        await log.DueAsync(settings, now, ct) is null ? [] : [.. (await LookAsync(settings.Job, ct)).Where(other => other.Reason is not null)];

    private static async Task<Dictionary<string, IReadOnlyList<string>>> ListAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await connection.QueryAsync(AllSql, row => (Job: row.GetString(0), For: row.GetFieldValue<string[]>(1)), ct)).ToDictionary(row => row.Job, row => (IReadOnlyList<string>)row.For);

    private async Task<IReadOnlyList<Awaited>> LookAsync(string job, CancellationToken ct)
    {
        var awaited = new List<Awaited>();
        foreach (var name in await ReadAsync(job, ct))
            awaited.Add(jobs.Find(name) is { } other ? await LookAsync(other, ct) : new(name, null, null, "which is no job of this version"));
        return awaited;
    }

    // Up to date by its own schedule: nothing of it is due, and its latest run succeeded. Off or paused, nobody can say that.
    private async Task<Awaited> LookAsync(JobType other, CancellationToken ct)
    {
        var settings = await other.ReadSettings(ct);
        Awaited Waits(string reason, bool isOnItsWay = false) => new(other.Name, null, null, reason, isOnItsWay);
        if (await leases.IsHeldAsync(other.Name, ct))
            return Waits("which is executing", isOnItsWay: true);
        if (!settings.Enabled)
            return Waits("which is disabled");
        if (await pauses.FindAsync(other.Name, ct) is { } pause)
            return Waits($"which is {pause}");
        var now = await log.NowAsync(ct);
        if (await log.DueAsync(settings, now, ct) is var (occurrence, _))
            return Waits($"which is due since {occurrence.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC", isOnItsWay: now - occurrence < MissedRuns.Patience);
        // Looked for last: one that began and failed meanwhile is seen.
        return (await runs.ListAsync(other.Name, null, null, null, null, 1, ct)).FirstOrDefault() switch
        {
            null => Waits("which never ran"),
            { Status: "succeeded" } latest => new(other.Name, latest.RunId, latest.FinishedAt, null),
            { } latest when retries.IsToCome(latest, settings) => Waits($"whose run {latest.RunId} {latest.Status} and is run again at {latest.RetryAt:HH:mm:ss} UTC", isOnItsWay: true),
            { } latest => Waits($"whose latest run, {latest.RunId}, ended as {latest.Status}"),
        };
    }
}

/// <summary>A job that another one waits for.</summary>
/// <param name="RunId">Its latest run, when it is up to date.</param>
/// <param name="Reason">Why it isn't up to date; null when it is.</param>
/// <param name="IsOnItsWay">It is waited for, and nobody need do anything.</param>
public sealed record Awaited(string Job, long? RunId, DateTime? FinishedAt, string? Reason, bool IsOnItsWay = false)
{
    /// <summary>As the run log tells it of a run that was due at an instant.</summary>
    public WaitedFor Since(DateTimeOffset dueAt) => new(Job, RunId ?? 0, Math.Max(0, (long)((FinishedAt ?? dueAt.UtcDateTime) - dueAt.UtcDateTime).TotalSeconds));

    public override string ToString() => $"{Job}, {Reason}";
}
