using System.Globalization;
using Npgsql;

namespace SkyPanel.Functions.Database;

/// <summary>Reads the database's clock and compares it with this machine's. While they disagree, it is
/// unknown which one is wrong.</summary>
public sealed class DatabaseClock(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Further apart, nothing new is recorded or charged.</summary>
    public static readonly TimeSpan MostDifference = TimeSpan.FromMinutes(5);

    private const string NowSql = "select clock_timestamp()";

    /// <summary>Reads the clock alone.</summary>
    public static async Task<DateTimeOffset> NowAsync(NpgsqlDataSource database, CancellationToken ct) =>
        (await database.QueryAsync(NowSql, row => row.GetFieldValue<DateTimeOffset>(0), ct))[0];

    /// <summary>Reads the clock alone, in the caller's transaction.</summary>
    public static async Task<DateTimeOffset> NowAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await connection.QueryAsync(NowSql, row => row.GetFieldValue<DateTimeOffset>(0), ct))[0];

    public async Task<ClockReading> ReadAsync(CancellationToken ct)
    {
        var (before, ours) = (time.GetTimestamp(), time.GetUtcNow());
        var now = await NowAsync(database, ct);
        var after = time.GetTimestamp();
        // It was read at some moment between: within that, they agree.
        var (since, took) = (now - ours, time.GetElapsedTime(before, after));
        var difference = since < TimeSpan.Zero ? since : since > took ? since - took : TimeSpan.Zero;
        return new(now, difference, before, after, time);
    }
}

/// <summary>One reading of the database's clock, from which later moments of this process are dated.</summary>
/// <param name="Now">The database's time.</param>
/// <param name="Difference">The database's clock less this machine's, as far as the duration of the reading doesn't explain it.</param>
/// <param name="AskedAt">Timestamp of the <see cref="TimeProvider"/> before the database was asked.</param>
/// <param name="AnsweredAt">The same once it had answered.</param>
public sealed record ClockReading(DateTimeOffset Now, TimeSpan Difference, long AskedAt, long AnsweredAt, TimeProvider Time)
{
    /// <summary>Why nothing can be dated, in one line; null while the clocks agree.</summary>
    public string? Problem => Difference.Duration() <= DatabaseClock.MostDifference ? null
        : string.Create(CultureInfo.InvariantCulture, $"the database's clock is {Difference.Duration().TotalSeconds:0} s " +
            $"{(Difference < TimeSpan.Zero ? "behind" : "ahead of")} this machine's: nothing new is recorded or charged while they are " +
            $"more than {DatabaseClock.MostDifference.TotalMinutes:0} minutes apart; synchronise them (NTP)");

    /// <returns>The earliest that the database's clock can have shown at a timestamp of this process.</returns>
    public DateTimeOffset Earliest(long timestamp) => Now + Time.GetElapsedTime(AnsweredAt, timestamp);

    /// <returns>The latest that it can have shown.</returns>
    public DateTimeOffset Latest(long timestamp) => Now + Time.GetElapsedTime(AskedAt, timestamp);
}
