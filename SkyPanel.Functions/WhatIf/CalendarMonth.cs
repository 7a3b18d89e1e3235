using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.WhatIf;

/// <summary>A calendar month (UTC), from the first that was observed to a year ahead.</summary>
public sealed record CalendarMonth(DateTime Begin)
{
    public const string Pattern = "^[1-9][0-9]{3}-(0[1-9]|1[0-2])$";
    public const string Allowed = "must be a month such as 2026-03";

    private const string Form = "yyyy-MM";
    private const int MonthsAhead = 12;

    // Without an observation the current month is the first.
    private const string RangeSql = """
        select date_trunc('month', now(), 'UTC') as current_month, date_trunc('month', coalesce(
            least((select min(month) from cron_service.server_months), (select min(started_at) from cron_service.uptime)), now()), 'UTC')
                as first_month
        """;

    public DateTime End => Begin.AddMonths(1);

    public string Text => Begin.ToString(Form, CultureInfo.InvariantCulture);

    /// <param name="text">Like <c>2026-03</c>; null for the current month by the database's clock.</param>
    /// <exception cref="BadInputException">The month is before the first observation, or too far ahead.</exception>
    public static async Task<CalendarMonth> ReadAsync(NpgsqlConnection connection, string? text, CancellationToken ct)
    {
        var (current, first) = (await connection.QueryAsync(RangeSql,
            row => (row.Get<DateTime>("current_month"), row.Get<DateTime>("first_month")), ct))[0];
        if (text is null)
            return new(current);
        var month = DateTime.ParseExact(
            text, Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        var last = current.AddMonths(MonthsAhead);
        if (month < first || month > last)
            throw new BadInputException("month", string.Create(CultureInfo.InvariantCulture,
                $"must be from {first:yyyy-MM}, the first that was observed, to {last:yyyy-MM}, {MonthsAhead} months ahead"));
        return new(month);
    }
}
