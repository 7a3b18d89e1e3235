namespace SkyPanel.Functions.Scheduling;

/// <summary>The settings that were last synced with the panel's tables.</summary>
/// <param name="ReadAt">By the database's clock.</param>
/// <param name="Marks">The marks at that time, see <see cref="PlaceReading"/>.</param>
/// <param name="IsTakenOver">Before the take-over nothing is in force, and the panel's values are only copied.</param>
internal sealed record SyncState(SettingsCopy Copy, DateTimeOffset ReadAt, IReadOnlyDictionary<string, string> Marks, bool IsTakenOver)
{
    private const string FindSql = """
        select enabled, schedule, coalesce(hours_per_month, 730) as hours_per_month, clock_timestamp() as read_at,
               seen_marks::text, taken_over_at is not null as is_taken_over
        from cron_service.jobs where job = @job and schedule is not null and seen_at is not null
        """;

    /// <returns>Null before the first sync.</returns>
    public static Task<SyncState?> FindAsync(NpgsqlConnection connection, string job, CancellationToken ct) =>
        connection.FindAsync(FindSql, row => new SyncState(
            new(row.Get<bool>("enabled"), row.Get<string>("schedule"), row.Get<int>("hours_per_month")),
            row.Get<DateTimeOffset>("read_at"), JsonSerializer.Deserialize<Dictionary<string, string>>(row.Get<string>("seen_marks"))!,
            row.Get<bool>("is_taken_over")), ct, ("job", job));

    public bool AgreesWith(IReadOnlyList<PlaceReading> readings)
    {
        var marks = PlaceReading.MarksOf(Marks, readings);
        return !readings.Any(reading => reading.DiffersFrom(Copy)) && marks.Count == Marks.Count
            && marks.All(field => Marks[field.Key] == field.Value);
    }

    /// <summary>Removes from readings what must not count as a change.</summary>
    public static List<PlaceReading> Trusted(SyncState? last, IEnumerable<PlaceReading> readings) =>
        [.. readings.Select(reading => last is { IsTakenOver: true } ? reading.Trusted(last.Marks) : reading)];
}
