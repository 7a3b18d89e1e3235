namespace SkyPanel.Functions.Maintenance;

/// <summary>Section <c>Maintenance</c>: how long rows are kept that are not about money. Checked at start.</summary>
public sealed class MaintenanceOptions
{
    /// <summary>Runs that charged, took and held nothing, and the error lines of all. 7 to 3660 days. Default: 400 days.</summary>
    [Range(typeof(TimeSpan), "7.00:00:00", "3660.00:00:00")]
    public TimeSpan KeepRuns { get; set; } = TimeSpan.FromDays(400);

    /// <summary>The log of readings of VirtFusion, but not the spells. 7 to 3660 days. Default: 90 days.</summary>
    [Range(typeof(TimeSpan), "7.00:00:00", "3660.00:00:00")]
    public TimeSpan KeepObservations { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Answers of requests with <c>Idempotency-Key</c>; a later repeat is executed again. 1 to 3660 days. Default: 30
    /// days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3660.00:00:00")]
    public TimeSpan KeepIdempotencyKeys { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Messages that were delivered or abandoned. 7 to 3660 days. Default: 90 days.</summary>
    [Range(typeof(TimeSpan), "7.00:00:00", "3660.00:00:00")]
    public TimeSpan KeepMessages { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Counts of refused requests, with their addresses. 1 to 3660 days. Default: 90 days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3660.00:00:00")]
    public TimeSpan KeepRefusals { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Links to customers' pages that have expired or were revoked. 1 to 3660 days. Default: 90 days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3660.00:00:00")]
    public TimeSpan KeepLinks { get; set; } = TimeSpan.FromDays(90);
}
