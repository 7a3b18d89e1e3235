using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Does one kind of work on a schedule. Registered with <see cref="JobRegistration.AddJob"/>.</summary>
public interface IJob
{
    /// <summary>In paths: <c>hourly-billing</c>.</summary>
    string Name { get; }

    /// <summary>On the console: <c>Hourly billing</c>.</summary>
    string Title { get; }

    /// <summary>In JSON: <c>hourlyBilling</c>.</summary>
    string Key => string.Concat(Name.Split('-').Select((word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>In settings' names: <c>HourlyBilling</c>.</summary>
    string Setting => $"{char.ToUpperInvariant(Key[0])}{Key[1..]}";

    /// <summary>What its timer is bound to: <c>Cron:HourlyBilling:Schedule</c>.</summary>
    string ScheduleSetting => $"Cron:{Setting}:Schedule";

    /// <summary>Whether each run reports what it billed, even nothing.</summary>
    bool Bills => false;

    /// <summary>Whether its settings include hours per month.</summary>
    bool HasHoursPerMonth => false;

    /// <summary>Why no missed occurrence may be skipped; null when <c>Jobs:CatchUpWindow</c> may have the job.</summary>
    string? CatchUpWindowRefusal => null;

    /// <summary>Queries whose rows change whenever its settings change outside of <c>cron_service.jobs</c>.</summary>
    IReadOnlyList<string> SettingsSources => [];

    Task<JobSettings> ReadSettingsAsync(CancellationToken ct);

    /// <summary>Stores validated settings in the caller's transaction.</summary>
    Task WriteSettingsAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct);

    /// <summary>Does the work of one run.</summary>
    /// <param name="run">The run that was opened for it.</param>
    /// <param name="ct">Asks it to stop at its next safe point.</param>
    Task<RunOutcome> RunAsync(RunContext run, CancellationToken ct);

    /// <summary>Takes over from another engine, in the transaction that stores that an admin enabled the job.</summary>
    /// <returns>What the answer shows of it; null without another engine.</returns>
    Task<object?> TakeOverAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct) =>
        Task.FromResult<object?>(null);

    /// <summary>Called after an admin's wish to enable the job was stored.</summary>
    Task OnEnabledAsync(CancellationToken ct) => Task.CompletedTask;

    /// <summary>Tells the panel when the job ran and will run, where the panel knows the job.</summary>
    /// <param name="lastRun">Null: no run since the last call.</param>
    /// <param name="nextRun">Null: it won't run.</param>
    /// <param name="ct">Cancels the statement.</param>
    Task WriteRunTimesAsync(DateTimeOffset? lastRun, DateTimeOffset? nextRun, CancellationToken ct) => Task.CompletedTask;
}

/// <summary>The run that a job executes.</summary>
/// <param name="Attempt">1, or one more than the failed run's that it runs again.</param>
/// <param name="WaitedFor">The runs of other jobs that it rests on.</param>
public sealed record RunContext(long RunId, RunTrigger Trigger, Fence Fence, JobSettings Settings, bool IsDryRun, int Attempt = 1,
    IReadOnlyList<WaitedFor>? WaitedFor = null)
{
    /// <summary>Whether another process, or another invocation, has done a part of it.</summary>
    public bool IsContinued { get; init; }

    /// <summary>In the log: <c>run 12</c>, or <c>dry run</c>, which has no number.</summary>
    public string Label => IsDryRun ? "dry run" : $"run {RunId}";
}
