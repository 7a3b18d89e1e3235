namespace SkyPanel.Functions.Jobs;

/// <summary>A class that does a job: its name, its settings with a default schedule, and its step.</summary>
public interface IJob
{
    /// <summary>Asked once.</summary>
    JobType Type { get; }
}
