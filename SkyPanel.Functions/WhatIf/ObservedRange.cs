using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Hours that were observed before the take-over.</summary>
public sealed record ObservedRange(DateTime From, DateTime Until)
{
    private static readonly TimeSpan Default = TimeSpan.FromDays(7), MaxLength = TimeSpan.FromDays(92);

    private const string KnownSql = """
        select date_trunc('hour', min(observed_at) + interval '1 hour' - interval '1 microsecond', 'UTC') as first,
               date_trunc('hour', least((select max(seen_until) from cron_service.uptime),
                   (select taken_over_at from cron_service.jobs where job = 'hourly-billing')), 'UTC') as last
        from cron_service.observations where servers_listed > 0
        """;

    /// <summary>Limits a range to the observed hours.</summary>
    /// <param name="from">Null for a week before <paramref name="to"/>.</param>
    /// <param name="to">Null for the last hour observed before the take-over.</param>
    /// <returns>Null when no full hour was observed before the take-over.</returns>
    /// <exception cref="BadInputException">The range has no full hours, is too long, or was not observed.</exception>
    public static async Task<ObservedRange?> ReadAsync(
        NpgsqlConnection connection, DateTimeOffset? from, DateTimeOffset? to, CancellationToken ct)
    {
        var known = (await connection.QueryAsync(KnownSql, row => (row.Get<DateTime?>("first"), row.Get<DateTime?>("last")), ct))[0];
        if (known is not ({ } first, { } last) || first >= last)
            return null;
        var until = Hour(to, "to") is { } wanted && wanted < last ? wanted : last;
        var begin = Hour(from, "from") ?? until - Default;
        if (begin < first)
            begin = first;
        if (begin >= until)
            throw new BadInputException(to is null ? "from" : "to", string.Create(CultureInfo.InvariantCulture,
                $"must be after the other end and between {first:yyyy-MM-ddTHH:mmZ} and {last:yyyy-MM-ddTHH:mmZ}: observed before the " +
                    $"take-over"));
        if (until - begin > MaxLength)
            throw new BadInputException("from", FormattableString.Invariant($"must be {MaxLength.TotalDays} days before to at most"));
        return new(begin, until);
    }

    private static DateTime? Hour(DateTimeOffset? at, string name) =>
        at is { } instant && instant.Ticks % TimeSpan.TicksPerHour != 0
            ? throw new BadInputException(name, "must be a full hour such as 2026-03-01T12:00:00Z") : at?.UtcDateTime;
}
