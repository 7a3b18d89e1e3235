using SkyPanel.Functions.Database;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>What can be done: registering one makes its triggers, status, logs and settings appear.</summary>
/// <param name="Name">In paths: <c>hourly-billing</c>.</param>
/// <param name="Title">On the console: <c>Hourly billing</c>.</param>
public sealed record JobType(
    string Name, string Title, Func<CancellationToken, Task<JobSettings>> ReadSettings, Func<SettingsChange, CancellationToken, Task> WriteSettings,
    Func<RunContext, CancellationToken, Task<RunOutcome>> Step,
    Func<DateTimeOffset?, DateTimeOffset?, CancellationToken, Task> TellRunTimes)
{
    /// <summary>In JSON: <c>hourlyBilling</c>.</summary>
    public string Key { get; } = string.Concat(Name.Split('-').Select((word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>What its timer is bound to: <c>Cron:HourlyBilling:Schedule</c>.</summary>
    public string ScheduleSetting => $"Cron:{char.ToUpperInvariant(Key[0])}{Key[1..]}:Schedule";
}

/// <summary>What a step is told about its run.</summary>
/// <param name="Attempt">1, or one more than the failed run's that it runs again.</param>
/// <param name="WaitedFor">The runs of other jobs that it rests on.</param>
public sealed record RunContext(long RunId, string Trigger, Fence Fence, JobSettings Settings, bool IsDryRun, int Attempt = 1, IReadOnlyList<WaitedFor>? WaitedFor = null);
