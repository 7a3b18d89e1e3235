using Microsoft.AspNetCore.Http;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Admin;

/// <summary>A job's stored settings over HTTP. A change is live without a restart: at once where the timers are ours, at the next heartbeat elsewhere.</summary>
public sealed class SettingsEndpoints(JobRunner runner, ScheduleWatch schedules, Audit audit, TimeProvider time)
{
    public const string Route = "api/admin/cron/jobs/{job}/settings";
    public const string ValidateRoute = "api/admin/cron/validate";

    private const int LongestNote = 500;
    private const int MostRunTimes = 100;

    public async Task<IResult> GetAsync(string jobName, CancellationToken ct) =>
        runner.Find(jobName) is { } job ? AdminJson.Ok(Describe(await job.ReadSettings(ct))) : Problem.NoJob(jobName, runner);

    /// <summary>Fields left out keep their value; nothing is stored unless all are valid.</summary>
    public async Task<IResult> PutAsync(HttpRequest request, Caller caller, string jobName, CancellationToken ct)
    {
        if (runner.Find(jobName) is not { } job)
            return Problem.NoJob(jobName, runner);
        var body = await AdminJson.ReadAsync<Body>(request);
        var before = await job.ReadSettings(ct);
        var schedule = Schedule.Parse(body.Schedule ?? before.Schedule.Expression, body.TimeZone ?? before.Schedule.TimeZone);
        var hoursPerMonth = body.HoursPerMonth ?? before.HoursPerMonth;
        if (hoursPerMonth is < 1 or > 744)
            throw new BadInputException("hoursPerMonth", "must be an integer from 1 to 744");
        if (body.Note?.Length > LongestNote)
            throw new BadInputException("note", $"may have {LongestNote} characters at most");

        await job.WriteSettings(new(body.Enabled ?? before.Enabled, body.Enabled == true, schedule, hoursPerMonth, body.Note ?? before.Note, caller.Name), ct);
        var after = await job.ReadSettings(ct);
        await audit.WriteAsync(caller, "change-settings", jobName, Describe(before), Describe(after), body.Note, ct);
        await schedules.LookAsync(ct);
        return AdminJson.Ok(Describe(after));
    }

    public async Task<IResult> ValidateAsync(HttpRequest request)
    {
        var body = await AdminJson.ReadAsync<Preview>(request);
        var count = body.Count ?? 5;
        if (count is < 1 or > MostRunTimes)
            throw new BadInputException("count", $"must be an integer from 1 to {MostRunTimes}");
        var schedule = Schedule.Parse(body.Schedule, body.TimeZone ?? "UTC");
        return AdminJson.Ok(new { valid = true, schedule = schedule.Expression, timeZone = schedule.TimeZone, warnings = schedule.Warnings, nextRuns = NextRuns(schedule, count) });
    }

    private object Describe(JobSettings job) => new
    {
        job = job.Job,
        enabled = job.Enabled,
        schedule = job.Schedule.Expression,
        timeZone = job.Schedule.TimeZone,
        hoursPerMonth = job.HoursPerMonth,
        note = job.Note,
        takenOverAt = job.TakenOverAt?.UtcDateTime,
        takenOverBy = job.TakenOverBy,
        alert = job.Alert,
        warnings = job.Schedule.Warnings,
        nextRuns = NextRuns(job.Schedule, 5),
    };

    private List<DateTime> NextRuns(Schedule schedule, int count)
    {
        var now = time.GetUtcNow();
        return [.. schedule.Occurrences(now, now.AddYears(8)).Take(count).Select(o => o.UtcDateTime)];
    }

    private sealed class Body
    {
        public bool? Enabled { get; set; }
        public string? Schedule { get; set; }
        public string? TimeZone { get; set; }
        public int? HoursPerMonth { get; set; }
        public string? Note { get; set; }
    }

    private sealed class Preview
    {
        public string? Schedule { get; set; }
        public string? TimeZone { get; set; }
        public int? Count { get; set; }
    }
}
