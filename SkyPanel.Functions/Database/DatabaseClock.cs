namespace SkyPanel.Functions.Database;

/// <summary>Reads the database's clock and compares it with this machine's. While they disagree, it is
/// unknown which one is wrong.</summary>
public sealed class DatabaseClock(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>The maximum difference for recording and charging.</summary>
    public static readonly TimeSpan MaxDifference = TimeSpan.FromMinutes(5);

    private const string NowSql = "select clock_timestamp()";

    /// <summary>Reads the clock without a comparison.</summary>
    public static Task<DateTimeOffset> NowAsync(NpgsqlDataSource database, CancellationToken ct) =>
        database.ScalarAsync<DateTimeOffset>(NowSql, ct);

    /// <summary>Reads the clock in the caller's transaction.</summary>
    public static Task<DateTimeOffset> NowAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ScalarAsync<DateTimeOffset>(NowSql, ct);

    public async Task<ClockReading> ReadAsync(CancellationToken ct)
    {
        var (before, ours) = (time.GetTimestamp(), time.GetUtcNow());
        var now = await NowAsync(database, ct);
        var after = time.GetTimestamp();
        // The database read its clock at an unknown moment in between, so differences below the duration don't count.
        var (since, took) = (now - ours, time.GetElapsedTime(before, after));
        var difference = since < TimeSpan.Zero ? since : since > took ? since - took : TimeSpan.Zero;
        return new(now, difference, before, after, time);
    }
}

/// <summary>A reading of the database's clock, for dating later moments of this process.</summary>
/// <param name="Now">The database's time.</param>
/// <param name="Difference">The database's clock minus this machine's, reduced by the duration of the reading.</param>
/// <param name="AskedAt">The timestamp of the <see cref="TimeProvider"/> before the request.</param>
/// <param name="AnsweredAt">The timestamp after the answer.</param>
public sealed record ClockReading(DateTimeOffset Now, TimeSpan Difference, long AskedAt, long AnsweredAt, TimeProvider Time)
{
    /// <summary>The problem in one line; null while the clocks agree.</summary>
    public string? Problem => Difference.Duration() <= DatabaseClock.MaxDifference ? null
        : string.Create(CultureInfo.InvariantCulture, $"the database's clock is {Difference.Duration().TotalSeconds:0} s " +
            $"{(Difference < TimeSpan.Zero ? "behind" : "ahead of")} this machine's: nothing new is recorded or charged while they are " +
            $"more than {DatabaseClock.MaxDifference.TotalMinutes:0} minutes apart; synchronise them (NTP)");

    /// <returns>The earliest possible database time at a timestamp of this process.</returns>
    public DateTimeOffset Earliest(long timestamp) => Now + Time.GetElapsedTime(AnsweredAt, timestamp);

    /// <returns>The latest possible database time.</returns>
    public DateTimeOffset Latest(long timestamp) => Now + Time.GetElapsedTime(AskedAt, timestamp);
}
