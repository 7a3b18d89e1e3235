using SkyPanel.Functions.Database;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>A job as it stood at an instant.</summary>
/// <param name="LastOccurrence">The latest that has a run; null when there is none.</param>
/// <param name="Runs">Its latest ones, newest first.</param>
/// <param name="RetryAt">When the latest of them is run again, as things stand; null: it is not.</param>
public sealed record JobState(
    IJob Job, JobSettings Settings, Pause? Pause, bool IsExecuting, DateTimeOffset Now, DateTimeOffset? LastOccurrence,
        IReadOnlyList<Run> Runs, DateTime? RetryAt)
{
    /// <summary>How long a due occurrence is given to start: the heartbeat starts what a bound timer missed within a minute.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>The jobs that must be up to date before a scheduled run of it starts.</summary>
    public IReadOnlyList<string> WaitsFor { get; init; } = [];

    /// <summary>Those of them that keep it waiting now.</summary>
    public IReadOnlyList<Awaited> WaitingFor { get; init; } = [];

    public Run? LastRun => Runs.Count > 0 ? Runs[0] : null;

    public bool MayRun => Settings.Enabled && Pause is null;

    /// <returns>The latest occurrence up to an instant that has no run; null when there is none.</returns>
    public DateTimeOffset? DueAt(DateTimeOffset until) => Settings.Due(LastOccurrence, until)?.Latest;

    /// <summary>As another job waits for it. It is up to date by its own schedule: nothing of it is due, and its latest run succeeded. Off
    /// or paused, nobody can say that.</summary>
    public Awaited AsAwaited() => this switch
    {
        { IsExecuting: true } => Waits("which is executing", isOnItsWay: true),
        { Settings.Enabled: false } => Waits("which is disabled"),
        { Pause: { } pause } => Waits($"which is {pause}"),
        _ when DueAt(Now) is { } occurrence => Waits($"which is due since {occurrence.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC",
            isOnItsWay: Now - occurrence < Patience),
        { LastRun: null } => Waits("which never ran"),
        { LastRun: { Status: RunStatus.Succeeded } latest } => new(Job.Name, latest.RunId, latest.FinishedAt, null),
        { LastRun: { } latest, RetryAt: { } retryAt } =>
            Waits($"whose run {latest.RunId} {latest.Status.Text()} and is run again at {retryAt:HH:mm:ss} UTC", isOnItsWay: true),
        { LastRun: { } latest } => Waits($"whose latest run, {latest.RunId}, ended as {latest.Status.Text()}"),
    };

    private Awaited Waits(string reason, bool isOnItsWay = false) => new(Job.Name, null, null, reason, isOnItsWay);
}
