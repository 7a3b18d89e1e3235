namespace SkyPanel.Functions.Jobs;

/// <summary>Checks <c>Jobs:CatchUpWindow</c> against the registered jobs, at start.</summary>
public sealed class CatchUpWindows(JobTypes jobs) : IValidateOptions<JobOptions>
{
    // The heartbeat may be late by some minutes without an outage.
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public ValidateOptionsResult Validate(string? name, JobOptions options) =>
        options.CatchUpWindow.Select(window => Problem(window.Key, window.Value)).OfType<string>().ToList() is { Count: > 0 } problems
            ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;

    private string? Problem(string key, TimeSpan window)
    {
        var job = jobs.All.FirstOrDefault(job => job.Setting.Equals(key, StringComparison.OrdinalIgnoreCase));
        return job?.CatchUpWindowRefusal is { } reason ? $"Jobs:CatchUpWindow:{key} '{window}' is not allowed: {reason}."
            : job is null
                ? $"Jobs:CatchUpWindow:{key} names no job: " +
                    $"{string.Join(", ", jobs.All.Where(other => other.CatchUpWindowRefusal is null).Select(other => other.Setting))} " +
                    $"are allowed."
            : window < Shortest || window > Longest
                ? $"Jobs:CatchUpWindow:{key} '{window}' must be {Shortest} to {Longest}."
            : null;
    }
}
