namespace SkyPanel.Functions.Billing;

/// <summary>Sums up what the billing runs of each day charged, from the run log.</summary>
public sealed class BillingDays(NpgsqlDataSource database)
{
    private const string DaysSql = """
        select date_trunc('day', started_at, 'UTC') as day, count(*) as runs, sum(hours_billed)::bigint as hours,
            sum(total_billed) as amount,
               sum(tokens_debited)::bigint as tokens
        from cron_service.runs
        where job = 'hourly-billing' and started_at >= @from and started_at < @to and status <> 'running'
        group by 1 order by 1
        """;

    public Task<List<BillingDay>> ReadAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        database.QueryAsync(DaysSql, row => new BillingDay(DateOnly.FromDateTime(row.Get<DateTime>("day")), row.Get<long>("runs"),
            row.Get<long>("hours"),
                row.Get<decimal>("amount"), row.Get<long>("tokens")),
            ct, ("from", from.UtcDateTime), ("to", to.UtcDateTime));
}

/// <summary>The sums of the runs that started on a day (UTC).</summary>
/// <param name="TotalBilled">Currency units.</param>
public sealed record BillingDay(DateOnly Day, long Runs, long HoursBilled, decimal TotalBilled, long TokensDebited);
