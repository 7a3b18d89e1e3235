using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Npgsql;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Caching;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Dns;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Admin;

/// <summary>What the jobs are doing, at a glance.</summary>
public sealed class StatusEndpoints(JobRunner runner, ShownSettings shown, RunQueries runs, Retries retries, Dependencies dependencies, Leases leases, Pauses pauses, Instances instances, BillingStatus billing, DnsStatus dns, MonitoringEndpoints monitoring, ScheduleSync sync, Caches caches, NpgsqlDataSource database, IConfiguration configuration)
{
    public const string Route = "api/admin/cron/status";

    private const string NowSql = "select now()";

    public async Task<IResult> GetAsync(CancellationToken ct)
    {
        var now = (await database.QueryAsync(NowSql, row => row.GetFieldValue<DateTimeOffset>(0), ct))[0];
        // A statement for all jobs, whatever their number.
        var names = runner.Jobs.Select(job => job.Name).ToArray();
        var (stored, paused, held, runsOf) = (await shown.ReadAsync(ct), await pauses.FindAsync(names, ct), await leases.HeldAsync(ct), await runs.LatestAsync(names, 10, ct));
        var waits = await dependencies.ListAsync(ct);
        var statuses = new Dictionary<string, JobStatus>();
        var logs = new Dictionary<string, JobLog>();
        foreach (var job in runner.Jobs)
        {
            var (settings, pause, latest) = (stored[job.Name], paused[job.Name], runsOf[job.Name].ToList());
            var bound = configuration[job.ScheduleSetting];
            var last = latest.FirstOrDefault();
            var waitsFor = waits.GetValueOrDefault(job.Name) ?? [];
            statuses[job.Key] = new(
                settings.Enabled, settings.Enabled && pause is null ? settings.Schedule.Next(now)?.UtcDateTime : null, settings.Enabled,
                settings.Schedule.Expression, settings.Schedule.TimeZone, settings.HoursPerMonth, settings.Note, pause, held.Contains(job.Name),
                last, pause is null && last is not null && retries.IsToCome(last, settings) ? last.RetryAt : null,
                waitsFor, waitsFor.Count > 0 && settings.Enabled && pause is null ? [.. (await dependencies.WaitingAsync(settings, now, ct)).Select(other => $"{other}")] : [],
                bound, bound != settings.Schedule.Expression,
                settings.TakenOverAt?.UtcDateTime, settings.TakenOverBy, settings.Alert);
            logs[job.Key] = new(last?.StartedAt, latest);
        }
        return AdminJson.Ok(new StatusAnswer(
            true, statuses, logs, await dns.ReadAsync(ct), sync.Stores, await instances.ListAsync(ct), await billing.ReadAsync(ct), await monitoring.SummaryAsync(ct), caches.Figures()));
    }
}

/// <summary>What the jobs are doing.</summary>
/// <param name="CronStatus">By job.</param>
/// <param name="CronLogs">The latest runs, by job.</param>
/// <param name="ScheduleStores">What is wrong with each place that schedules are synced to; null when nothing is.</param>
/// <param name="Instances">The live processes.</param>
/// <param name="Caches">What the process that answers keeps instead of reading it anew.</param>
public sealed record StatusAnswer(
    bool Success, IReadOnlyDictionary<string, JobStatus> CronStatus, IReadOnlyDictionary<string, JobLog> CronLogs, DnsStats DnsStats,
    IReadOnlyDictionary<string, string?> ScheduleStores, IReadOnlyList<Instance> Instances, BillingStats Billing, CheckSummary Checks, IReadOnlyList<CacheFigures> Caches);

/// <summary>A job as it stands.</summary>
/// <param name="IsRunning">It is switched on, as SkyPANEL has always called it; see <c>isExecuting</c>.</param>
/// <param name="NextRun">Null when it is off or paused.</param>
/// <param name="HoursPerMonth">Basis of enrolments without their own.</param>
/// <param name="Pause">The pause in force; null when it may run.</param>
/// <param name="IsExecuting">A run is executing now.</param>
/// <param name="NextRetryAt">When the failed latest run is run again; null when it isn't.</param>
/// <param name="WaitsFor">Jobs that must be up to date before a scheduled run starts.</param>
/// <param name="WaitingFor">Those of them that keep an occurrence waiting now, each with why.</param>
/// <param name="BoundSchedule">What the timer of the process that answers is bound to.</param>
/// <param name="BoundDiffers">The timer wakes by another schedule than the stored one, which decides.</param>
/// <param name="TakenOverAt">Since when this app bills, not the panel.</param>
/// <param name="Alert">What is wrong with the stored settings; null when nothing is.</param>
public sealed record JobStatus(
    bool IsRunning, DateTime? NextRun, bool Enabled, string Schedule, string TimeZone, int HoursPerMonth, string? Note, Pause? Pause, bool IsExecuting,
    Run? LastRun, DateTime? NextRetryAt, IReadOnlyList<string> WaitsFor, IReadOnlyList<string> WaitingFor, string? BoundSchedule, bool BoundDiffers, DateTime? TakenOverAt, string? TakenOverBy, string? Alert);

/// <summary>A job's latest runs, newest first.</summary>
/// <param name="LastRun">When the latest one started.</param>
/// <param name="Logs">Ten at most.</param>
public sealed record JobLog(DateTime? LastRun, IReadOnlyList<Run> Logs);
