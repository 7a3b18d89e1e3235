namespace SkyPanel.Functions.Jobs;

/// <summary>Section <c>Jobs</c>. Checked at start.</summary>
public sealed class JobOptions
{
    /// <summary>The time for which a dead run blocks the next one. A live run renews its lease three times in this time. 5 seconds to 10
    /// minutes. Default: 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "00:10:00")]
    public TimeSpan LeaseTimeToLive { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The time after which a run stops at a safe point and a later one continues; shorter than host.json's functionTimeout. 1
    /// minute to 1 hour. Default: 25 minutes.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan TimeBox { get; set; } = TimeSpan.FromMinutes(25);

    /// <summary>The concurrent scheduled runs of a process. Runs of one job never overlap. 1 to 16. Default: 4.</summary>
    [Range(1, 16)]
    public int MaxParallelRuns { get; set; } = 4;

    /// <summary>The retries of a scheduled run that failed, died or was interrupted by a shutdown, before its next occurrence. 0
    /// to 10. Default: 3.</summary>
    [Range(0, 10)]
    public int MaxRetries { get; set; } = 3;

    /// <summary>The wait from the end of a run to its first retry; doubled for each further one, up to an hour. 1 second to 10 minutes.
    /// Default: 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromMinutes(1);
}
