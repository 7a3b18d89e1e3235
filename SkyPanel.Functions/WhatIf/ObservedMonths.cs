using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Reads months that can be computed: from the first that was observed to a year ahead.</summary>
public static class ObservedMonths
{
    private const int MonthsAhead = 12;

    // Without an observation the current month is the first.
    private const string RangeSql = """
        select date_trunc('month', now(), 'UTC') as current_month, date_trunc('month', coalesce(
            least((select min(month) from cron_service.server_months), (select min(started_at) from cron_service.uptime)), now()), 'UTC')
                as first_month
        """;

    /// <param name="text">Like <c>2026-03</c>; null for the current month by the database's clock.</param>
    /// <exception cref="BadInputException">The month is before the first observation, or too far ahead.</exception>
    public static async Task<CalendarMonth> ReadAsync(NpgsqlConnection connection, string? text, CancellationToken ct)
    {
        var (current, first) = (await connection.QueryAsync(RangeSql,
            row => (row.Get<DateTime>("current_month"), row.Get<DateTime>("first_month")), ct))[0];
        if (text is null)
            return new(current);
        var month = CalendarMonth.Parse(text)!;
        var last = current.AddMonths(MonthsAhead);
        if (month.Begin < first || month.Begin > last)
            throw new BadInputException("month", string.Create(CultureInfo.InvariantCulture,
                $"must be from {first:yyyy-MM}, the first that was observed, to {last:yyyy-MM}, {MonthsAhead} months ahead"));
        return month;
    }
}
