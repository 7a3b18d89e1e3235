namespace SkyPanel.Functions.Scheduling;

/// <summary>What was synced last of a job that the panel knows.</summary>
/// <param name="ReadAt">The database's clock.</param>
/// <param name="IsStale">It is a while since the places were seen to agree with it.</param>
/// <param name="Seen">The marks of then, see <see cref="PlaceReading"/>.</param>
/// <param name="IsTakenOver">Before that nothing is in force, and whatever the panel says is its own affair.</param>
internal sealed record Synced(SettingsCopy Copy, DateTimeOffset ReadAt, bool IsStale, IReadOnlyDictionary<string, string> Seen,
    bool IsTakenOver)
{
    public bool HasSeen(IEnumerable<PlaceReading> readings)
    {
        var marks = PlaceReading.MarksOf(Seen, readings);
        return marks.Count == Seen.Count && marks.All(field => Seen[field.Key] == field.Value);
    }

    public static List<PlaceReading> Believed(Synced? last, IEnumerable<PlaceReading> readings) =>
        [.. readings.Select(reading => last is { IsTakenOver: true } ? reading.Believed(last.Seen) : reading)];
}
