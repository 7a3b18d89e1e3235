using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace SkyPanel.LocalHost;

/// <summary>Resolves a trigger's schedule, which may name settings. The Functions host logs an invalid one and skips its timer; here
/// the start fails, because nobody reads the log of a timer that never fires.</summary>
internal static class ScheduleSetting
{
    /// <exception cref="OptionsValidationException">The setting is missing or isn't a schedule. The message is one line with
    /// the setting, its value and the allowed form.</exception>
    public static TimerSchedule Resolve(TimerFunction timer, IConfiguration configuration)
    {
        var parts = timer.Schedule.Split('%');
        for (var name = 1; name < parts.Length - 1; name += 2)
        {
            parts[name] = configuration[parts[name]] is { Length: > 0 } value ? value : throw Refused(
                $"{parts[name]} is not set; the timer {timer.Name} needs it to be {TimerSchedule.Allowed}.");
        }

        var schedule = string.Concat(parts);
        try
        {
            return TimerSchedule.Parse(schedule);
        }
        catch (FormatException exception)
        {
            var setting = parts.Length > 1 ? timer.Schedule.Replace("%", "", StringComparison.Ordinal) : "The schedule";
            throw Refused(
                $"{setting} of the timer {timer.Name} is '{schedule}', which {exception.Message}; allowed is {TimerSchedule.Allowed}.");
        }
    }

    private static OptionsValidationException Refused(string line) =>
        new(nameof(TimerTriggerAttribute.Schedule), typeof(TimerTriggerAttribute), [line]);
}
