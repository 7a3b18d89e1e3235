namespace Microsoft.Azure.Functions.Worker;

/// <summary>What a timer's function is told about the invocation.</summary>
public sealed class TimerInfo
{
    /// <summary>Null for a schedule that fires more than once a minute: no status is kept for it.</summary>
    public ScheduleStatus? ScheduleStatus { get; set; }

    /// <summary>An occurrence was missed while the host was down, and this one invocation stands for all of them.</summary>
    public bool IsPastDue { get; set; }
}
