using System.Text.Json;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Parsing;

namespace SkyPanel.Functions.Scheduling;

/// <summary>What a place says, field by field: null where it says nothing, or nothing that can be used.</summary>
/// <param name="ChangedAt">When the panel says that it was changed; often unknown.</param>
/// <param name="Marks">By field that is there: a text that is another one when its table was made anew or emptied since; that of enabled
/// also when its rows are others.</param>
/// <param name="Alert">What can't be used, and what is allowed; null when all can.</param>
internal sealed record PlaceReading(
    PanelPlace Place, bool? Enabled, string? Schedule, int? HoursPerMonth, DateTimeOffset? ChangedAt,
        IReadOnlyDictionary<string, string> Marks, string? Alert)
{
    private const string Gone = "gone";

    public static PlaceReading Of(PanelPlace place, string? enabled, string? schedule, string? hours, DateTimeOffset? changedAt,
        string marks)
    {
        var alerts = new List<string>();
        bool? isEnabled = bool.TryParse(enabled, out var parsedEnabled) ? parsedEnabled : null;
        if (enabled is not null && isEnabled is null)
            alerts.Add($"{place.EnabledName} {Quoted(enabled)} is not true or false.");
        int? hoursPerMonth = StrictNumber.TryParse(hours, out int parsedHours) && parsedHours is >= 1 and <= 744 ? parsedHours : null;
        if (hours is not null && hoursPerMonth is null)
            alerts.Add($"{place.HoursName} {Quoted(hours)} is not a whole number from 1 to 744.");
        string? expression = null;
        try
        {
            expression = schedule is null ? null : Scheduling.Schedule.Parse(schedule).Expression;
        }
        catch (ScheduleException e)
        {
            alerts.Add($"{place.ScheduleName}: {e.Message}");
        }
        return new(place, isEnabled, expression, hoursPerMonth, changedAt, JsonSerializer.Deserialize<Dictionary<string, string>>(marks)!,
            alerts.Count > 0 ? string.Join(' ', alerts) : null);
    }

    public bool DiffersFrom(SettingsCopy copy) =>
        (Enabled is { } enabled && enabled != copy.Enabled) || (Schedule is { } schedule && schedule != copy.Schedule)
        || (HoursPerMonth is { } hours && hours != copy.HoursPerMonth);

    /// <summary>Reads places, and adds an alert for each that can't be read.</summary>
    public static async Task<List<PlaceReading>> ReadAsync(
        NpgsqlConnection connection, IEnumerable<PanelPlace> read, List<string> alerts, CancellationToken ct)
    {
        var readings = new List<PlaceReading>();
        foreach (var place in read)
        {
            var (found, refusal) = await Attempt.TryAsync(connection, () => connection.QueryAsync(place.ReadSql,
                row => Of(place, row.Nullable<string>("enabled"),
                row.Nullable<string>("schedule"), row.Nullable<string>("hours"), row.Nullable<DateTimeOffset?>("changed_at"),
                    row.GetString(row.GetOrdinal("marks"))), ct), ct);
            readings.AddRange(found ?? []);
            if (refusal is not null)
                alerts.Add($"{place.ScheduleName}: {refusal}.");
        }
        return readings;
    }

    /// <summary>What of it counts where the job was taken over: what has come back since it was seen says nothing but that it is off, and
    /// what is there for the first time nothing of being on. Who fills a table from an old backup has not asked for billing.</summary>
    public PlaceReading Believed(IReadOnlyDictionary<string, string> seen) => this with
    {
        Enabled = Enabled == true && !Marks[Place.EnabledName].Equals(seen.GetValueOrDefault(Place.EnabledName), StringComparison.Ordinal)
            ? null : Enabled,
        Schedule = IsBack(Place.ScheduleName, seen) ? null : Schedule,
        HoursPerMonth = Place.HoursName is { } hours && IsBack(hours, seen) ? null : HoursPerMonth,
    };

    /// <summary>Returns what is stored for the next comparison: a value that was there before and isn't now has vanished.</summary>
    public static Dictionary<string, string> MarksOf(IReadOnlyDictionary<string, string> seen, IEnumerable<PlaceReading> readings)
    {
        var marks = seen.ToDictionary(field => field.Key, _ => Gone);
        foreach (var (field, mark) in readings.SelectMany(reading => reading.Marks))
            marks[field] = mark;
        return marks;
    }

    private bool IsBack(string field, IReadOnlyDictionary<string, string> seen) =>
        seen.TryGetValue(field, out var before) && before != Marks.GetValueOrDefault(field);

    /// <summary>Merges three ways: a value that differs from our copy has changed, and the first place with a change wins. Without a
    /// copy the first place with a value wins.</summary>
    public static SettingsCopy Merge(SettingsCopy? copy, IReadOnlyList<PlaceReading> places, SettingsCopy fallback)
    {
        var changed = copy ?? fallback;
        return new(
            places.Select(p => p.Enabled).FirstOrDefault(value => value is not null && value != copy?.Enabled) ?? changed.Enabled,
            places.Select(p => p.Schedule).FirstOrDefault(value => value is not null && value != copy?.Schedule) ?? changed.Schedule,
            places.Select(p => p.HoursPerMonth).FirstOrDefault(value => value is not null && value != copy?.HoursPerMonth)
                ?? changed.HoursPerMonth);
    }

    private static string Quoted(string value) => value.Length <= 40 ? $"'{value}'" : $"'{value[..40]}…'";
}
