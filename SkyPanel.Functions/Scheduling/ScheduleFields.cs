using NCrontab;

namespace SkyPanel.Functions.Scheduling;

/// <summary>Checks the fields of a cron expression, and warns of possible misunderstandings.</summary>
internal static class ScheduleFields
{
    private const string Forms = "a list (1,2), a range (1-5) or a step (*/5, 1-5/2)";

    private static readonly (CrontabFieldKind Kind, string Name, string Values)[] Six =
    [
        (CrontabFieldKind.Second, "second", "0 to 59"),
        (CrontabFieldKind.Minute, "minute", "0 to 59"),
        (CrontabFieldKind.Hour, "hour", "0 to 23"),
        (CrontabFieldKind.Day, "day of the month", "1 to 31"),
        (CrontabFieldKind.Month, "month", "1 to 12 or jan to dec"),
        (CrontabFieldKind.DayOfWeek, "day of the week", "0 to 6 or sun to sat, 0 being sunday"),
    ];

    /// <exception cref="ScheduleException">A field is invalid. The message names it, its value and the allowed values.</exception>
    public static void Check(string expression, string[] fields)
    {
        foreach (var (field, (kind, name, values)) in fields.Zip(Six[^fields.Length..]))
        {
            // A step of zero would never end.
            var isStepless = field.Split(',').Any(part => part.Split('/') is [_, var step] && step.Trim('0').Length == 0);
            if (isStepless || CrontabField.TryParse(kind, field) is null)
                throw new ScheduleException("schedule", $"'{expression}': the {name} '{field}' is not *, {values}, {Forms} of these");
        }
    }

    public static IEnumerable<string> Warnings(string[] fields, CrontabSchedule crontab)
    {
        foreach (var (field, (kind, name, _)) in fields.Zip(Six[^fields.Length..]))
        {
            foreach (var range in field.Split(',').Select(part => part.Split('/')[0]))
            {
                if (range.Split('-') is [var from, var to] && CrontabField.Parse(kind, from).GetFirst() > CrontabField.Parse(kind, to)
                    .GetFirst())
                    yield return $"the {name} '{range}' runs backwards, and is read as '{to}-{from}', not around the end: for that write " +
                        $"a list of two ranges";
            }
        }
        var first = crontab.GetNextOccurrence(new DateTime(2000, 1, 1));
        if (crontab.GetNextOccurrence(first) - first < TimeSpan.FromMinutes(1))
            yield return "it runs more often than once a minute: at once on one's own machine, on Azure punctually after a restart only, " +
                "and until then once a minute";
        if (fields is [['0' or '1' or '2' or '3' or '4' or '5' or '6' or '7' or '8' or '9', ..], .. var rest] && rest.Length == 5)
            yield return $"it has six fields, so the first one, '{fields[0]}', is the second: as five fields it is " +
                $"'{string.Join(' ', rest)}'"
                + (rest[^1] == "*" ? $"; if the minute was meant to be '{fields[0]}', write '{string.Join(' ', fields[..5])}'" : "");
    }
}
