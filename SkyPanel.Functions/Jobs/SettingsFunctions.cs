using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Serves jobs' settings over HTTP. A change takes effect without a restart: at once in the local process, otherwise at the next
/// heartbeat.</summary>
public sealed class SettingsFunctions(
    Gate gate, JobRegistry jobs, SettingsWriter writer, Dependencies dependencies, ScheduleWatch schedules, TimeProvider time)
{
    private const string Route = "api/admin/cron/jobs/{job}/settings";

    /// <summary>Shows a job's settings.</summary>
    /// <param name="job">The job's name, such as <c>hourly-billing</c>.</param>
    [Function("GetJobSettings")]
    [Operation(Role.Viewer, Refuses = [404])]
    [Answer(200, typeof(SettingsAnswer))]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request, string job) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) => ApiJson.Ok(await DescribeAsync(jobs.Get(job), ct)));

    /// <summary>Changes a job's settings.</summary>
    /// <remarks>Absent values stay unchanged. Nothing is stored unless everything is valid. Takes effect without a restart.</remarks>
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

    /// <summary>Explains a schedule, without storing it.</summary>
    [Function("ValidateSchedule")]
    [Operation(Role.Viewer, Body = typeof(ScheduleBody))]
    [Answer(200, typeof(ScheduleAnswer))]
    public Task<IResult> ValidateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/cron/validate")] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, async (_, _) =>
        {
            var body = await ApiJson.ReadAsync<ScheduleBody>(request);
            var schedule = Schedule.Parse(body.Schedule, body.TimeZone ?? "UTC");
            return ApiJson.Ok(new ScheduleAnswer(true, schedule.Expression, schedule.TimeZone, schedule.Warnings,
                NextRuns(schedule, body.Count ?? 5)));
        });

    /// <summary>Reads a job's settings to show.</summary>
    public async Task<SettingsAnswer> DescribeAsync(IJob type, CancellationToken ct)
    {
        var job = await type.ReadSettingsAsync(ct);
        return new(
            job.Job, job.Enabled, job.Schedule.Expression, job.Schedule.TimeZone, job.HoursPerMonth, job.Note,
            await dependencies.ReadAsync(job.Job, ct),
            job.TakenOverAt?.UtcDateTime, job.TakenOverBy, job.Alert, job.Schedule.Warnings, NextRuns(job.Schedule, 5), null);
    }

    private List<DateTime> NextRuns(Schedule schedule, int count) => [.. schedule.Next(time.GetUtcNow(), count).Select(o => o.UtcDateTime)];
}

/// <summary>A change of a job's settings; absent ones stay unchanged.</summary>
public sealed class SettingsBody
{
    /// <summary>Whether it runs on schedule.</summary>
    public bool? Enabled { get; set; }

    /// <summary>Cron with five fields (minute first), or six (second first).</summary>
    public string? Schedule { get; set; }

    /// <summary>An IANA name such as <c>Europe/Berlin</c>.</summary>
    public string? TimeZone { get; set; }

    /// <summary>The basis of enrolments without their own; only of hourly-billing.</summary>
    [Range(1, 744)]
    public int? HoursPerMonth { get; set; }

    /// <summary>A note for other admins.</summary>
    [Length(0, 500)]
    public string? Note { get; set; }

    /// <summary>The complete list of jobs that must be up to date before a scheduled run of this one starts.</summary>
    public string[]? WaitsFor { get; set; }
}

/// <summary>A schedule to explain.</summary>
public sealed class ScheduleBody
{
    /// <summary>Cron with five fields (minute first), or six (second first).</summary>
    [Required]
    public string Schedule { get; set; } = "";

    /// <summary>An IANA name such as <c>Europe/Berlin</c>; default: UTC.</summary>
    public string? TimeZone { get; set; }

    /// <summary>The number of occurrences; five by default.</summary>
    [Range(1, 100)]
    public int? Count { get; set; }
}

/// <summary>A job's stored settings.</summary>
/// <param name="HoursPerMonth">The basis of enrolments without their own.</param>
/// <param name="WaitsFor">Jobs that must be up to date before a scheduled run of this one starts.</param>
/// <param name="TakenOverAt">The time of the take-over from the panel.</param>
/// <param name="Alert">The problem of the stored settings; null when there is none.</param>
/// <param name="Warnings">Possible misunderstandings of the schedule.</param>
/// <param name="NextRuns">The next five times of the schedule; nothing runs at them while the job is disabled.</param>
/// <param name="TakeOver">The take-over from the panel's engine by this change; null unless it enabled hourly-billing.</param>
public sealed record SettingsAnswer(
    string Job, bool Enabled, string Schedule, string TimeZone, int HoursPerMonth, string? Note, IReadOnlyList<string> WaitsFor,
    DateTime? TakenOverAt, string? TakenOverBy,
    string? Alert, IReadOnlyList<string> Warnings, IReadOnlyList<DateTime> NextRuns, object? TakeOver);

/// <summary>The explanation of a schedule.</summary>
/// <param name="Warnings">Possible misunderstandings of the schedule.</param>
public sealed record ScheduleAnswer(bool Valid, string Schedule, string TimeZone, IReadOnlyList<string> Warnings,
    IReadOnlyList<DateTime> NextRuns);
