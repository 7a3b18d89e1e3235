using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Dns;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Health;

/// <summary>The state of all jobs, over HTTP.</summary>
public sealed class StatusFunctions(
    Gate gate, JobStates states, Instances instances, BillingStatus billing, DnsStatus dns, CheckRecords checks, ScheduleSync sync,
    IConfiguration configuration)
{
    /// <summary>Shows the status of the jobs.</summary>
    [Function("GetStatus")]
    [Operation(Role.Viewer)]
    [Answer(200, typeof(StatusAnswer))]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/cron/status")] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) => ApiJson.Ok(await ReadAsync(ct)));

    /// <summary>Reads the state of all jobs.</summary>
    public async Task<StatusAnswer> ReadAsync(CancellationToken ct)
    {
        var jobs = await states.ReadAsync(10, ct);
        return new(
            true, jobs.ToDictionary(job => job.Job.Key, StatusOf),
            jobs.ToDictionary(job => job.Job.Key, job => new JobLog(job.LastRun?.StartedAt, job.Runs)),
            await dns.ReadAsync(ct), sync.Stores, await instances.ListAsync(ct), await billing.ReadAsync(ct),
            await checks.SummaryAsync(ct));
    }

    private JobStatus StatusOf(JobState job)
    {
        var (settings, bound) = (job.Settings, configuration[job.Job.ScheduleSetting]);
        return new(
            settings.Enabled, job.MayRun ? settings.Schedule.Next(job.Now)?.UtcDateTime : null, settings.Enabled,
            settings.Schedule.Expression, settings.Schedule.TimeZone, settings.HoursPerMonth, settings.Note, job.Pause, job.IsExecuting,
            job.LastRun, job.RetryAt, job.MayRun ? job.DueAt(job.Now - JobState.StartTimeout)?.UtcDateTime : null,
            job.WaitsFor, [.. job.WaitingFor.Select(other => $"{other}")], bound, bound != settings.Schedule.Expression,
            settings.TakenOverAt?.UtcDateTime, settings.TakenOverBy, settings.Alert);
    }
}

/// <summary>The status of the jobs.</summary>
/// <param name="CronStatus">By job.</param>
/// <param name="CronLogs">The latest runs, by job.</param>
/// <param name="ScheduleStores">The problem of each store of schedules; null when there is none.</param>
/// <param name="Instances">The live processes.</param>
public sealed record StatusAnswer(
    bool Success, IReadOnlyDictionary<string, JobStatus> CronStatus, IReadOnlyDictionary<string, JobLog> CronLogs, DnsStats DnsStats,
    IReadOnlyDictionary<string, string?> ScheduleStores, IReadOnlyList<Instance> Instances, BillingStats Billing, CheckSummary Checks);

/// <summary>The status of a job.</summary>
/// <param name="IsRunning">It is switched on, as SkyPANEL has always called it; see <c>isExecuting</c>.</param>
/// <param name="NextRun">The next run; null when the job is disabled or paused.</param>
/// <param name="HoursPerMonth">Basis of enrolments without their own.</param>
/// <param name="Pause">The pause in force; null when it may run.</param>
/// <param name="IsExecuting">A run is executing now.</param>
/// <param name="NextRetryAt">When the failed latest run is run again; null when it isn't.</param>
/// <param name="OverdueAt">The latest occurrence that has had no run for ten minutes; null without one.</param>
/// <param name="WaitsFor">Jobs that must be up to date before a scheduled run starts.</param>
/// <param name="WaitingFor">Those of them that keep an occurrence or a retry waiting now, each with why.</param>
/// <param name="BoundSchedule">The schedule of the timer in the answering process.</param>
/// <param name="BoundDiffers">The timer wakes by another schedule than the stored one, which decides.</param>
/// <param name="TakenOverAt">Since when this app bills, not the panel.</param>
/// <param name="Alert">The problem of the stored settings; null when there is none.</param>
public sealed record JobStatus(
    bool IsRunning, DateTime? NextRun, bool Enabled, string Schedule, string TimeZone, int HoursPerMonth, string? Note, Pause? Pause,
    bool IsExecuting,
    Run? LastRun, DateTime? NextRetryAt, DateTime? OverdueAt, IReadOnlyList<string> WaitsFor, IReadOnlyList<string> WaitingFor,
        string? BoundSchedule, bool BoundDiffers, DateTime? TakenOverAt, string? TakenOverBy, string? Alert);

/// <summary>A job's latest runs, newest first.</summary>
/// <param name="LastRun">When the latest one started.</param>
/// <param name="Logs">Ten at most.</param>
public sealed record JobLog(DateTime? LastRun, IReadOnlyList<Run> Logs);
