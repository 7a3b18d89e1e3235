using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Jobs' settings, over HTTP. A change is live without a restart: at once in the local worker, at the next heartbeat
/// elsewhere.</summary>
public sealed class SettingsFunctions(
    Gate gate, JobTypes jobs, SettingsWriter writer, Dependencies dependencies, ScheduleWatch schedules, TimeProvider time)
{
    private const string Route = "api/admin/cron/jobs/{job}/settings";
    private const string ValidateRoute = "api/admin/cron/validate";

    /// <summary>Shows a job's settings.</summary>
    /// <param name="job">The job's name, such as <c>hourly-billing</c>.</param>
    [Function("GetJobSettings")]
    [Operation(Role.Viewer, Refuses = [404])]
    [Answer(200, typeof(SettingsAnswer))]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request, string job) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) => ApiJson.Ok(await DescribeAsync(jobs.Get(job), ct)));

    /// <summary>Changes a job's settings.</summary>
    /// <remarks>What is left out keeps its value; nothing is stored unless all is valid. Live without a restart.</remarks>
    /// <param name="job">The job's name, such as <c>hourly-billing</c>.</param>
    [Function("PutJobSettings")]
    [Operation(Role.Admin, Body = typeof(SettingsBody), Refuses = [404, 409])]
    [Answer(200, typeof(SettingsAnswer))]
    public Task<IResult> PutAsync([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Route)] HttpRequest request, string job) =>
        gate.EnterAsync(request, Role.Admin, async (caller, ct) =>
        {
            var type = jobs.Get(job);
            var (change, takeOver, refusal) = await writer.ChangeAsync(caller, type, await ApiJson.ReadAsync<SettingsBody>(request), ct);
            if (refusal is not null)
                return Problem.Conflict($"The panel's tables refuse it, and nothing was changed: {refusal}.");
            if (change.IsEnabling)
                await type.OnEnabledAsync(CancellationToken.None);
            await schedules.CheckAsync(CancellationToken.None);
            return ApiJson.Ok(await DescribeAsync(type, ct) with { TakeOver = takeOver });
        });

    /// <summary>Tells what a schedule means, and stores nothing.</summary>
    [Function("ValidateSchedule")]
    [Operation(Role.Viewer, Body = typeof(ScheduleBody))]
    [Answer(200, typeof(ScheduleAnswer))]
    public Task<IResult> ValidateAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = ValidateRoute)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, async (_, _) =>
        {
            var body = await ApiJson.ReadAsync<ScheduleBody>(request);
            var schedule = Schedule.Parse(body.Schedule, body.TimeZone ?? "UTC");
            return ApiJson.Ok(new ScheduleAnswer(true, schedule.Expression, schedule.TimeZone, schedule.Warnings,
                NextRuns(schedule, body.Count ?? 5)));
        });

    /// <summary>Reads a job's settings as they are shown.</summary>
    public async Task<SettingsAnswer> DescribeAsync(IJob type, CancellationToken ct)
    {
        var job = await type.ReadSettingsAsync(ct);
        return new(
            job.Job, job.Enabled, job.Schedule.Expression, job.Schedule.TimeZone, job.HoursPerMonth, job.Note,
            await dependencies.ReadAsync(job.Job, ct),
            job.TakenOverAt?.UtcDateTime, job.TakenOverBy, job.Alert, job.Schedule.Warnings, job.Enabled ? NextRuns(job.Schedule, 5) : [],
                null);
    }

    private List<DateTime> NextRuns(Schedule schedule, int count) => [.. schedule.Next(time.GetUtcNow(), count).Select(o => o.UtcDateTime)];
}

/// <summary>A job's settings; those that are left out keep their value.</summary>
public sealed class SettingsBody
{
    /// <summary>Whether it runs on schedule.</summary>
    public bool? Enabled { get; set; }

    /// <summary>Cron with five fields (minute first), or six (second first).</summary>
    public string? Schedule { get; set; }

    /// <summary>An IANA name such as <c>Europe/Berlin</c>.</summary>
    public string? TimeZone { get; set; }

    /// <summary>Basis of enrolments without their own; of hourly-billing alone.</summary>
    [Range(1, 744)]
    public int? HoursPerMonth { get; set; }

    /// <summary>For whoever reads the settings next.</summary>
    [Length(0, 500)]
    public string? Note { get; set; }

    /// <summary>Other jobs that must be up to date before a scheduled run of this one starts: all of them, not only those to be
    /// added.</summary>
    public string[]? WaitsFor { get; set; }
}

/// <summary>A schedule to be tried.</summary>
public sealed class ScheduleBody
{
    /// <summary>Cron with five fields (minute first), or six (second first).</summary>
    [Required]
    public string Schedule { get; set; } = "";

    /// <summary>An IANA name such as <c>Europe/Berlin</c>; UTC when it isn't said.</summary>
    public string? TimeZone { get; set; }

    /// <summary>How many times to tell; five when it isn't said.</summary>
    [Range(1, 100)]
    public int? Count { get; set; }
}

/// <summary>A job's settings as they are stored.</summary>
/// <param name="HoursPerMonth">Basis of enrolments without their own.</param>
/// <param name="WaitsFor">Jobs that must be up to date before a scheduled run of this one starts.</param>
/// <param name="TakenOverAt">Since when this app bills, not the panel.</param>
/// <param name="Alert">What is wrong with what is stored; null when nothing is.</param>
/// <param name="Warnings">What the schedule may not mean.</param>
/// <param name="NextRuns">The next five times by the schedule; none while it is not enabled.</param>
/// <param name="TakeOver">What this change took over from the panel's own engine; null unless it enabled hourly-billing.</param>
public sealed record SettingsAnswer(
    string Job, bool Enabled, string Schedule, string TimeZone, int HoursPerMonth, string? Note, IReadOnlyList<string> WaitsFor,
    DateTime? TakenOverAt, string? TakenOverBy,
    string? Alert, IReadOnlyList<string> Warnings, IReadOnlyList<DateTime> NextRuns, object? TakeOver);

/// <summary>What a schedule means.</summary>
/// <param name="Warnings">What it may not mean.</param>
public sealed record ScheduleAnswer(bool Valid, string Schedule, string TimeZone, IReadOnlyList<string> Warnings,
    IReadOnlyList<DateTime> NextRuns);
