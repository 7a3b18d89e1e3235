using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>A job's stored settings over HTTP. A change is live without a restart: at once where the timers are ours, at the next heartbeat elsewhere.</summary>
public sealed class SettingsEndpoints(JobRunner runner, Dependencies dependencies, ScheduleWatch schedules, NpgsqlDataSource database, TimeProvider time) : IDisposable
{
    public const string Route = "api/admin/cron/jobs/{job}/settings";
    public const string ValidateRoute = "api/admin/cron/validate";

    // One change at a time, whatever the number of processes: a field that is left out keeps what another change has given it meanwhile.
    private const string LockSql = "select pg_advisory_xact_lock(707176)";

    private readonly Turn _turn = new();

    public async Task<IResult> GetAsync(string jobName, CancellationToken ct) =>
        runner.Find(jobName) is { } job ? AdminJson.Ok(await DescribeAsync(job, ct)) : Problem.NoJob(jobName, runner);

    /// <summary>Fields left out keep their value; nothing is stored unless all are valid.</summary>
    public async Task<IResult> PutAsync(HttpRequest request, Caller caller, string jobName, CancellationToken ct)
    {
        if (runner.Find(jobName) is not { } job)
            return Problem.NoJob(jobName, runner);
        var body = await AdminJson.ReadAsync<SettingsBody>(request);
        CheckNames(jobName, body.WaitsFor);
        var (change, refusal) = await _turn.TakeAsync(() => ChangeAsync(caller, job, body), ct);
        if (refusal is not null)
            return Problem.Conflict($"The panel's tables refuse it, and nothing was changed: {refusal}.");
        if (change.IsEnabling && job.WasEnabled is { } wasEnabled)
            await wasEnabled(CancellationToken.None);
        await schedules.LookAsync(CancellationToken.None);
        return AdminJson.Ok(await DescribeAsync(job, ct));
    }

    public void Dispose() => _turn.Dispose();

    // One transaction: no change without its line. Not the request's token: who hangs up must not leave it half told.
    // With what a table of the panel says against it; null when it is done.
    private async Task<(SettingsChange Change, string? Refusal)> ChangeAsync(Caller caller, JobType job, SettingsBody body)
    {
        await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginAsync(CancellationToken.None);
        await connection.ExecuteAsync(LockSql, CancellationToken.None);
        var now = await job.ReadSettings(CancellationToken.None);
        // The others have none: whoever sends back all that they read says nothing of it.
        if (job.Name != BillingSettings.Job && body.HoursPerMonth is { } hours && hours != now.HoursPerMonth)
            throw new BadInputException("hoursPerMonth", $"is {BillingSettings.Job}'s alone");
        var schedule = Schedule.Parse(body.Schedule ?? now.Schedule.Expression, body.TimeZone ?? now.Schedule.TimeZone);
        var change = new SettingsChange(body.Enabled ?? now.Enabled, body.Enabled, schedule, body.HoursPerMonth ?? now.HoursPerMonth, body.Note ?? now.Note, caller.Name);
        var before = await StoredSettings.FindAsync(connection, job.Name, CancellationToken.None);
        // First: it locks the jobs in their order.
        if (body.WaitsFor is { } waitsFor && await Dependencies.WriteAsync(connection, job.Name, waitsFor, CancellationToken.None) is { } cycle)
            throw new BadInputException("waitsFor", $"must not let jobs wait in a circle: {string.Join(" → ", cycle)}");
        try
        {
            await job.WriteSettings(connection, change, CancellationToken.None);
        }
        catch (PostgresException e) when (PanelSettings.IsRefusal(e))
        {
            return (change, e.MessageText);
        }
        await Audit.WriteAsync(connection, caller, "change-settings", job.Name, before, await StoredSettings.FindAsync(connection, job.Name, CancellationToken.None), body.Note);
        await transaction.CommitAsync(CancellationToken.None);
        return (change, null);
    }

    public async Task<IResult> ValidateAsync(HttpRequest request)
    {
        var body = await AdminJson.ReadAsync<ScheduleBody>(request);
        var schedule = Schedule.Parse(body.Schedule, body.TimeZone ?? "UTC");
        return AdminJson.Ok(new ScheduleAnswer(true, schedule.Expression, schedule.TimeZone, schedule.Warnings, NextRuns(schedule, body.Count ?? 5)));
    }

    private void CheckNames(string job, string[]? waitsFor)
    {
        if (waitsFor?.FirstOrDefault(name => name == job || runner.Find(name) is null) is { } wrong)
            throw new BadInputException("waitsFor", $"has '{(wrong.Length > 40 ? wrong[..40] : wrong)}': other jobs are allowed, {string.Join(", ", runner.Jobs.Select(other => other.Name).Where(other => other != job))}");
        if (waitsFor?.Contains(null) == true || waitsFor?.Distinct().Count() < waitsFor?.Length)
            throw new BadInputException("waitsFor", "must have the name of each job once");
    }

    private async Task<SettingsAnswer> DescribeAsync(JobType type, CancellationToken ct)
    {
        var job = await type.ReadSettings(ct);
        return new(
            job.Job, job.Enabled, job.Schedule.Expression, job.Schedule.TimeZone, job.HoursPerMonth, job.Note, await dependencies.ReadAsync(job.Job, ct),
            job.TakenOverAt?.UtcDateTime, job.TakenOverBy, job.Alert, job.Schedule.Warnings, NextRuns(job.Schedule, 5));
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

    /// <summary>Other jobs that must be up to date before a scheduled run of this one starts: all of them, not only those to be added.</summary>
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
/// <param name="NextRuns">The next five times by the schedule, whether or not it is enabled.</param>
public sealed record SettingsAnswer(
    string Job, bool Enabled, string Schedule, string TimeZone, int HoursPerMonth, string? Note, IReadOnlyList<string> WaitsFor, DateTime? TakenOverAt, string? TakenOverBy,
    string? Alert, IReadOnlyList<string> Warnings, IReadOnlyList<DateTime> NextRuns);

/// <summary>What a schedule means.</summary>
/// <param name="Warnings">What it may not mean.</param>
public sealed record ScheduleAnswer(bool Valid, string Schedule, string TimeZone, IReadOnlyList<string> Warnings, IReadOnlyList<DateTime> NextRuns);
