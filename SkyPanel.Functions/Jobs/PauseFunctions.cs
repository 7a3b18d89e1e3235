using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Npgsql;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Jobs;

/// <summary>Pauses and resumes one job or all, over HTTP. What runs stops at a safe point; nothing starts, also by hand, until it is
/// resumed.</summary>
public sealed class PauseFunctions(Gate gate, JobTypes jobs, Idempotency idempotency)
{
    private const string PauseAllRoute = "api/admin/cron/pause";
    private const string ResumeAllRoute = "api/admin/cron/resume";
    private const string PauseRoute = "api/admin/cron/jobs/{job}/pause";
    private const string ResumeRoute = "api/admin/cron/jobs/{job}/resume";

    /// <summary>Pauses all jobs.</summary>
    /// <remarks>What runs stops at a safe point; nothing is started, also by hand, until it is resumed.</remarks>
    [Function("PauseAll")]
    [Operation(Role.Admin, Body = typeof(PauseBody), IsRepeatable = true)]
    [Answer(200, typeof(PauseAnswer))]
    public Task<IResult> PauseAllAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = PauseAllRoute)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, (caller, _) => PauseAsync(request, caller, Pauses.All));

    /// <summary>Resumes all jobs, but for those that are paused by themselves.</summary>
    [Function("ResumeAll")]
    [Operation(Role.Admin, Body = typeof(ResumeBody), IsRepeatable = true)]
    [Answer(200, typeof(PauseAnswer))]
    public Task<IResult> ResumeAllAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = ResumeAllRoute)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, (caller, _) => ResumeAsync(request, caller, Pauses.All));

    /// <summary>Pauses a job.</summary>
    /// <remarks>What runs stops at a safe point; nothing is started, also by hand, until it is resumed.</remarks>
    /// <param name="job">The job's name, such as <c>hourly-billing</c>.</param>
    [Function("PauseJob")]
    [Operation(Role.Admin, Body = typeof(PauseBody), IsRepeatable = true, Refuses = [404])]
    [Answer(200, typeof(PauseAnswer))]
    public Task<IResult> PauseJobAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = PauseRoute)] HttpRequest request, string job) =>
        gate.EnterAsync(request, Role.Admin, (caller, _) => PauseAsync(request, caller, jobs.Get(job).Name));

    /// <summary>Resumes a job; while all jobs are paused, it stays so.</summary>
    /// <param name="job">The job's name, such as <c>hourly-billing</c>.</param>
    [Function("ResumeJob")]
    [Operation(Role.Admin, Body = typeof(ResumeBody), IsRepeatable = true, Refuses = [404])]
    [Answer(200, typeof(PauseAnswer))]
    public Task<IResult> ResumeJobAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = ResumeRoute)] HttpRequest request, string job) =>
        gate.EnterAsync(request, Role.Admin, (caller, _) => ResumeAsync(request, caller, jobs.Get(job).Name));

    private async Task<IResult> PauseAsync(HttpRequest request, Caller caller, string job)
    {
        var note = (await ApiJson.ReadAsync<PauseBody>(request)).Note;
        return await idempotency.OnceAsync(request, caller, $"pause {job}", note, transaction =>
            ChangeAsync(transaction.Connection!, caller, "pause", job, note,
                connection => Pauses.PauseAsync(connection, job, caller.Name, note)));
    }

    // Resuming what isn't paused changes nothing.
    private async Task<IResult> ResumeAsync(HttpRequest request, Caller caller, string job)
    {
        var note = (await ApiJson.ReadAsync<ResumeBody>(request)).Note;
        return await idempotency.OnceAsync(request, caller, $"resume {job}", note ?? "", transaction =>
            ChangeAsync(transaction.Connection!, caller, "resume", job, note, connection => Pauses.ResumeAsync(connection, job)));
    }

    private static async Task<(int, object)> ChangeAsync(NpgsqlConnection connection, Caller caller, string action, string job,
        string? note, Func<NpgsqlConnection, Task> change)
    {
        var before = await Pauses.FindAsync(connection, job);
        await change(connection);
        var after = await Pauses.FindAsync(connection, job);
        await Audit.WriteAsync(connection, caller, action, job == Pauses.All ? "all jobs" : job, before, after, note);
        return (200, new PauseAnswer(true, job == Pauses.All ? "all" : job, after));
    }
}

/// <summary>What is said when something is paused.</summary>
public sealed class PauseBody
{
    /// <summary>Why.</summary>
    [Required, Length(1, 500)]
    public string Note { get; set; } = "";
}

/// <summary>What is said when something goes on.</summary>
public sealed class ResumeBody
{
    /// <summary>Why, for the audit.</summary>
    [Length(0, 500)]
    public string? Note { get; set; }
}

/// <summary>What is paused now.</summary>
/// <param name="Job"><c>all</c> for all of them.</param>
/// <param name="Pause">The pause in force, which may be that of all jobs; null when it may run.</param>
public sealed record PauseAnswer(bool Success, string Job, Pause? Pause);
