using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Jobs;

/// <summary>Serves pausing and resuming over HTTP, for one job or all.</summary>
public sealed class PauseFunctions(Gate gate, JobRegistry jobs, Idempotency idempotency)
{
    /// <summary>Pauses all jobs.</summary>
    /// <remarks>Running runs stop at a safe point. None starts, not even manually, until the resumption.</remarks>
    [Function("PauseAll")]
    [Operation(Role.Admin, Body = typeof(PauseBody), IsRepeatable = true)]
    [Answer(200, typeof(PauseAnswer))]
    public Task<IResult> PauseAllAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/cron/pause")] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, (caller, _) => PauseAsync(request, caller, Pauses.All));

    /// <summary>Resumes all jobs except those paused individually.</summary>
    [Function("ResumeAll")]
    [Operation(Role.Admin, Body = typeof(ResumeBody), IsRepeatable = true)]
    [Answer(200, typeof(PauseAnswer))]
    public Task<IResult> ResumeAllAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/cron/resume")] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, (caller, _) => ResumeAsync(request, caller, Pauses.All));

    /// <summary>Pauses a job.</summary>
    /// <remarks>Running runs stop at a safe point. None starts, not even manually, until the resumption.</remarks>
    /// <param name="job">The job's name, such as <c>hourly-billing</c>.</param>
    [Function("PauseJob")]
    [Operation(Role.Admin, Body = typeof(PauseBody), IsRepeatable = true, Refuses = [404])]
    [Answer(200, typeof(PauseAnswer))]
    public Task<IResult> PauseJobAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/cron/jobs/{job}/pause")] HttpRequest request, string job) =>
        gate.EnterAsync(request, Role.Admin, (caller, _) => PauseAsync(request, caller, jobs.Get(job).Name));

    /// <summary>Resumes a job, unless all jobs are paused.</summary>
    /// <param name="job">The job's name, such as <c>hourly-billing</c>.</param>
    [Function("ResumeJob")]
    [Operation(Role.Admin, Body = typeof(ResumeBody), IsRepeatable = true, Refuses = [404])]
    [Answer(200, typeof(PauseAnswer))]
    public Task<IResult> ResumeJobAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/cron/jobs/{job}/resume")] HttpRequest request, string job) =>
        gate.EnterAsync(request, Role.Admin, (caller, _) => ResumeAsync(request, caller, jobs.Get(job).Name));

    private async Task<IResult> PauseAsync(HttpRequest request, Caller caller, string job)
    {
        var note = (await ApiJson.ReadAsync<PauseBody>(request)).Note;
        return await idempotency.OnceAsync(request, caller, $"pause {job}", note, connection =>
            ChangeAsync(connection, caller, "pause", job, note, () => Pauses.PauseAsync(connection, job, caller.Name, note)));
    }

    // Resuming what isn't paused changes nothing.
    private async Task<IResult> ResumeAsync(HttpRequest request, Caller caller, string job)
    {
        var note = (await ApiJson.ReadAsync<ResumeBody>(request)).Note;
        return await idempotency.OnceAsync(request, caller, $"resume {job}", note ?? "", connection =>
            ChangeAsync(connection, caller, "resume", job, note, () => Pauses.ResumeAsync(connection, job)));
    }

    private static async Task<IResult> ChangeAsync(NpgsqlConnection connection, Caller caller, string action, string job,
        string? note, Func<Task> change)
    {
        var before = await Pauses.FindAsync(connection, job);
        await change();
        var after = await Pauses.FindAsync(connection, job);
        await Audit.WriteAsync(connection, caller, action, job == Pauses.All ? "all jobs" : job, before, after, note);
        return ApiJson.Ok(new PauseAnswer(true, job == Pauses.All ? "all" : job, after));
    }
}

/// <summary>A request to pause.</summary>
public sealed class PauseBody
{
    /// <summary>The reason.</summary>
    [Required, Length(1, 500)]
    public string Note { get; set; } = "";
}

/// <summary>A request to resume.</summary>
public sealed class ResumeBody
{
    /// <summary>The reason, for the audit.</summary>
    [Length(0, 500)]
    public string? Note { get; set; }
}

/// <summary>The state of a pause.</summary>
/// <param name="Job">The job's name, or <c>all</c>.</param>
/// <param name="Pause">The pause in force, possibly that of all jobs; null when there is none.</param>
public sealed record PauseAnswer(bool Success, string Job, Pause? Pause);
