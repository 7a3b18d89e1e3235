using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>What can be done; see <see cref="JobRegistration.AddJob"/>.</summary>
/// <param name="Name">In paths: <c>hourly-billing</c>.</param>
/// <param name="Title">On the console: <c>Hourly billing</c>.</param>
/// <param name="WriteSettings">In the caller's transaction.</param>
/// <param name="WasEnabled">After an admin's word to enable it was stored; null where there is nothing to do.</param>
/// <param name="TellRunTimes">Tells the panel when it ran and will run; null where the panel doesn't know the job.</param>
public sealed record JobType(
    string Name, string Title, Func<CancellationToken, Task<JobSettings>> ReadSettings, Func<NpgsqlConnection, SettingsChange, CancellationToken, Task> WriteSettings,
    Func<RunContext, CancellationToken, Task<RunOutcome>> Step,
    Func<DateTimeOffset?, DateTimeOffset?, CancellationToken, Task>? TellRunTimes = null,
    Func<CancellationToken, Task>? WasEnabled = null)
{
    /// <summary>In JSON: <c>hourlyBilling</c>.</summary>
    public string Key { get; } = string.Concat(Name.Split('-').Select((word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>In settings' names: <c>HourlyBilling</c>.</summary>
    public string Setting => $"{char.ToUpperInvariant(Key[0])}{Key[1..]}";

    /// <summary>What its timer is bound to: <c>Cron:HourlyBilling:Schedule</c>.</summary>
    public string ScheduleSetting => $"Cron:{Setting}:Schedule";

    /// <summary>A job that the panel knows nothing of: its settings are ours alone.</summary>
    public static JobType Own(string name, string title, string defaultSchedule, OwnSettings settings, Func<RunContext, CancellationToken, Task<RunOutcome>> step) =>
        new(name, title, ct => settings.ReadAsync(name, defaultSchedule, ct), (connection, change, ct) => OwnSettings.WriteAsync(connection, name, change, ct), step);
}

/// <summary>What a step is told about its run.</summary>
/// <param name="Attempt">1, or one more than the failed run's that it runs again.</param>
/// <param name="WaitedFor">The runs of other jobs that it rests on.</param>
public sealed record RunContext(long RunId, string Trigger, Fence Fence, JobSettings Settings, bool IsDryRun, int Attempt = 1, IReadOnlyList<WaitedFor>? WaitedFor = null);
