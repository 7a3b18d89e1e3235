using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Does one kind of work on a schedule. Registered with <see cref="JobRegistration.AddJob"/>.</summary>
public interface IJob
{
    /// <summary>The name in paths, such as <c>hourly-billing</c>.</summary>
    string Name { get; }

    /// <summary>The name on the console, such as <c>Hourly billing</c>.</summary>
    string Title { get; }

    /// <summary>The name in JSON, such as <c>hourlyBilling</c>.</summary>
    string Key => string.Concat(Name.Split('-').Select((word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>The name in settings, such as <c>HourlyBilling</c>.</summary>
    string Setting => $"{char.ToUpperInvariant(Key[0])}{Key[1..]}";

    /// <summary>The setting of its timer, such as <c>Cron:HourlyBilling:Schedule</c>.</summary>
    string ScheduleSetting => $"Cron:{Setting}:Schedule";

    /// <summary>Whether each run reports its billed amount, even if zero.</summary>
    bool Bills => false;

    /// <summary>Whether its settings include hours per month.</summary>
    bool HasHoursPerMonth => false;

    /// <summary>Queries whose rows change whenever its settings change outside of <c>cron_service.jobs</c>.</summary>
    IReadOnlyList<string> SettingsSources => [];

    Task<JobSettings> ReadSettingsAsync(CancellationToken ct);

    /// <summary>Stores validated settings in the caller's transaction.</summary>
    Task WriteSettingsAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct);

    /// <summary>Does the work of one run.</summary>
    /// <param name="run">The opened run.</param>
    /// <param name="ct">Requests a stop at the next safe point.</param>
    Task<RunOutcome> RunAsync(RunContext run, CancellationToken ct);

    /// <summary>Takes over from another engine, in the transaction that enables the job.</summary>
    /// <returns>The take-over to show in the answer; null without another engine.</returns>
    Task<object?> TakeOverAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct) =>
        Task.FromResult<object?>(null);

    /// <summary>Called after an admin has enabled the job.</summary>
    Task OnEnabledAsync(CancellationToken ct) => Task.CompletedTask;

    /// <summary>Writes the job's latest and next run times to the panel, if the panel knows the job.</summary>
    /// <param name="lastRun">The latest run; null without one since the last call.</param>
    /// <param name="nextRun">The next run; null when there is none.</param>
    /// <param name="ct">Cancels the statement.</param>
    Task WriteRunTimesAsync(DateTimeOffset? lastRun, DateTimeOffset? nextRun, CancellationToken ct) => Task.CompletedTask;
}

/// <summary>The run that a job executes.</summary>
/// <param name="Attempt">1, or one more than that of the failed run that it retries.</param>
/// <param name="WaitedFor">The runs of the jobs that it depends on.</param>
public sealed record RunContext(long RunId, RunTrigger Trigger, Fence Fence, JobSettings Settings, bool IsDryRun, int Attempt = 1,
    IReadOnlyList<WaitedFor>? WaitedFor = null)
{
    /// <summary>Whether another process or invocation has executed a part of it.</summary>
    public bool IsContinued { get; init; }

    /// <summary>The name in the log: <c>run 12</c>, or <c>dry run</c>, which has no number.</summary>
    public string Label => IsDryRun ? "dry run" : $"run {RunId}";
}
