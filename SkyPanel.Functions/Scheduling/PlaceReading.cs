namespace SkyPanel.Functions.Scheduling;

/// <summary>The settings read from a place; a field is null when it is absent or invalid.</summary>
/// <param name="ChangedAt">The panel's time of the last change; often unknown.</param>
/// <param name="Marks">By field that is present: a text that changes when its table is recreated or emptied; that of enabled also when the
/// table has other rows.</param>
/// <param name="Alert">What is invalid, and what is allowed; null when all is valid.</param>
internal sealed record PlaceReading(
    PanelPlace Place, bool? Enabled, string? Schedule, int? HoursPerMonth, DateTimeOffset? ChangedAt,
        IReadOnlyDictionary<string, string> Marks, string? Alert)
{
    private const string Gone = "gone";

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
            var (found, refusal) = await Attempt.TryAsync(connection, () => connection.QueryAsync(place.MarkedReadSql,
                row => Read(place, row), ct), ct);
            readings.AddRange(found ?? []);
            if (refusal is not null)
                alerts.Add($"{place.ScheduleName}: {refusal.MessageText}.");
        }
        return readings;
    }

    /// <summary>Removes what must not count after the take-over: of a value that returned after it was gone only that it is off, and of a
    /// value seen for the first time that it is on. Restoring a table from an old backup is no request to bill.</summary>
    public PlaceReading Trusted(IReadOnlyDictionary<string, string> seen) => this with
    {
        Enabled = Enabled == true && !Marks[Place.EnabledName].Equals(seen.GetValueOrDefault(Place.EnabledName), StringComparison.Ordinal)
            ? null : Enabled,
        Schedule = HasReturned(Place.ScheduleName, seen) ? null : Schedule,
        HoursPerMonth = Place.HoursName is { } hours && HasReturned(hours, seen) ? null : HoursPerMonth,
    };

    /// <summary>Returns the marks to store for the next comparison. A field that is absent now is marked as gone.</summary>
    public static Dictionary<string, string> MarksOf(IReadOnlyDictionary<string, string> seen, IEnumerable<PlaceReading> readings)
    {
        var marks = seen.ToDictionary(field => field.Key, _ => Gone);
        foreach (var (field, mark) in readings.SelectMany(reading => reading.Marks))
            marks[field] = mark;
        return marks;
    }

    private bool HasReturned(string field, IReadOnlyDictionary<string, string> seen) =>
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

    private static PlaceReading Read(PanelPlace place, NpgsqlDataReader row)
    {
        var (enabled, schedule, hours, mark, ids) = (row.Nullable<string>("enabled"), row.Nullable<string>("schedule"),
            row.Nullable<string>("hours"), row.Get<string>("mark"), row.Nullable<string>("ids"));
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
        (string? Field, string? Value, string Mark)[] fields =
            [(place.EnabledName, enabled, $"{mark}/{ids}"), (place.ScheduleName, schedule, mark), (place.HoursName, hours, mark)];
        // A row has its columns also while they are null; a key without a row is absent.
        var present = fields.Where(field => field.Field is not null && (ids is not null || field.Value is not null));
        return new(place, isEnabled, expression, hoursPerMonth, row.Nullable<DateTimeOffset?>("changed_at"),
            present.ToDictionary(field => field.Field!, field => field.Mark),
            alerts.Count > 0 ? string.Join(' ', alerts) : null);
    }

    private static string Quoted(string value) => value.Length <= 40 ? $"'{value}'" : $"'{value[..40]}…'";
}
