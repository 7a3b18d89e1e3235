using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Monitoring;

namespace SkyPanel.Functions.Jobs;

/// <summary>Whether every job that is enabled and not paused runs when it is due.</summary>
/// <param name="jobs">Asked when looking: monitoring is one of them.</param>
public sealed class MissedRuns(Func<IEnumerable<JobType>> jobs, RunLog log, Pauses pauses, NpgsqlDataSource database)
{
    // The heartbeat starts what a bound timer missed within a minute.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private const string NowSql = "select clock_timestamp()";

    public Check Check => new("missed-runs", false, (_, ct) => LookAsync(ct));

    private async Task<CheckResult?> LookAsync(CancellationToken ct)
    {
        var now = (await database.QueryAsync(NowSql, row => row.GetFieldValue<DateTimeOffset>(0), ct))[0];
        var missed = new List<string>();
        foreach (var job in jobs())
        {
            var settings = await job.ReadSettings(ct);
            if (!settings.Enabled || await pauses.FindAsync(job.Name, ct) is not null)
                continue;
            var since = await log.LastOccurrenceAsync(job.Name, ct) is { } last && last > settings.Since ? last : settings.Since;
            if (settings.Schedule.Due(since, now - Patience) is var (occurrence, _))
                missed.Add($"{job.Name} was due at {occurrence.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
        }
        return missed.Count == 0 ? CheckResult.Ok("every enabled job ran when it was due")
            : CheckResult.Failing($"{string.Join(", ", missed)}, and did not run: see that the heartbeat runs (Cron__Heartbeat__Schedule); triggering the job is safe.");
    }
}
