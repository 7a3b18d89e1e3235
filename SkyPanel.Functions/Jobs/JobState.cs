using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>The state of a job at an instant.</summary>
/// <param name="LastOccurrence">The latest occurrence with a run; null when there is none.</param>
/// <param name="Runs">The latest runs, the newest first.</param>
/// <param name="RetryAt">The time when the latest run will be retried; null when it won't.</param>
public sealed record JobState(
    IJob Job, JobSettings Settings, Pause? Pause, bool IsExecuting, DateTimeOffset Now, DateTimeOffset? LastOccurrence,
        IReadOnlyList<Run> Runs, DateTime? RetryAt)
{
    /// <summary>The time for a due occurrence to start: the heartbeat starts what its timer missed within a minute.</summary>
    public static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(10);

    /// <summary>The jobs that must be up to date before a scheduled run of it starts.</summary>
    public IReadOnlyList<string> WaitsFor { get; init; } = [];

    /// <summary>The jobs that it waits for now.</summary>
    public IReadOnlyList<Awaited> WaitingFor { get; init; } = [];

    public Run? LastRun => Runs.Count > 0 ? Runs[0] : null;

    public bool MayRun => Settings.Enabled && Pause is null;

    /// <returns>The latest occurrence up to an instant without a run; null when there is none.</returns>
    public DateTimeOffset? DueAt(DateTimeOffset until) => Settings.Due(LastOccurrence, until)?.Latest;

    /// <summary>Converts to a dependency of another job. It is up to date when no occurrence is due and its latest run succeeded. A
    /// disabled or paused job never is.</summary>
    public Awaited AsAwaited() => this switch
    {
        { IsExecuting: true } => Waits("which is executing", isOnItsWay: true),
        { Settings.Enabled: false } => Waits("which is disabled"),
        { Pause: { } pause } => Waits($"which is {pause}"),
        _ when DueAt(Now) is { } occurrence => Waits($"which is due since {occurrence.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC",
            isOnItsWay: Now - occurrence < StartTimeout),
        { LastRun: null } => Waits("which never ran"),
        { LastRun: { Status: RunStatus.Succeeded } latest } => new(Job.Name, latest.RunId, latest.FinishedAt, null),
        { LastRun: { } latest, RetryAt: { } retryAt } =>
            Waits($"whose run {latest.RunId} {latest.Status.Text()} and is run again at {retryAt:HH:mm:ss} UTC", isOnItsWay: true),
        { LastRun: { } latest } => Waits($"whose latest run, {latest.RunId}, ended as {latest.Status.Text()}"),
    };

    private Awaited Waits(string reason, bool isOnItsWay = false) => new(Job.Name, null, null, reason, isOnItsWay);
}
