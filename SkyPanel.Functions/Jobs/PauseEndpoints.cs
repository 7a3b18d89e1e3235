using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Npgsql;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Jobs;

/// <summary>Pauses and resumes one job, or all. What runs stops at a safe point; nothing is started, also by hand, until it is resumed.</summary>
public sealed class PauseEndpoints(JobRunner runner, Idempotency idempotency)
{
    public const string PauseAllRoute = "api/admin/cron/pause";
    public const string ResumeAllRoute = "api/admin/cron/resume";
    public const string PauseRoute = "api/admin/cron/jobs/{job}/pause";
    public const string ResumeRoute = "api/admin/cron/jobs/{job}/resume";

    /// <param name="job">A job's name, or <see cref="Pauses.All"/>.</param>
    public async Task<IResult> PauseAsync(HttpRequest request, Caller caller, string job)
    {
        if (job != Pauses.All && runner.Find(job) is null)
            return Problem.NoJob(job, runner);
        var note = (await AdminJson.ReadAsync<PauseBody>(request)).Note;
        return await idempotency.OnceAsync(request, caller, note, transaction =>
            ChangeAsync(transaction.Connection!, caller, "pause", job, note, connection => Pauses.PauseAsync(connection, job, caller.Name, note)));
    }

    /// <summary>Resuming what isn't paused changes nothing. A job stays paused while all are.</summary>
    public async Task<IResult> ResumeAsync(HttpRequest request, Caller caller, string job)
    {
        if (job != Pauses.All && runner.Find(job) is null)
            return Problem.NoJob(job, runner);
        var note = (await AdminJson.ReadAsync<ResumeBody>(request)).Note;
        return await idempotency.OnceAsync(request, caller, note ?? "", transaction =>
            ChangeAsync(transaction.Connection!, caller, "resume", job, note, connection => Pauses.ResumeAsync(connection, job)));
    }

    private static async Task<(int, object)> ChangeAsync(NpgsqlConnection connection, Caller caller, string action, string job, string? note, Func<NpgsqlConnection, Task> change)
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
