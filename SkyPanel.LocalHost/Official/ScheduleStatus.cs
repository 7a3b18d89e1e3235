namespace Microsoft.Azure.Functions.Worker;

/// <summary>A timer's status as it stood before the invocation, in local time.</summary>
public sealed class ScheduleStatus
{
    /// <summary>When it last fired; <see cref="DateTime.MinValue"/> when it never did.</summary>
    public DateTime Last { get; set; }

    /// <summary>The occurrence that this invocation stands for.</summary>
    public DateTime Next { get; set; }

    public DateTime LastUpdated { get; set; }
}
