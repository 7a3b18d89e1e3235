namespace SkyPanel.Functions.Billing;

/// <summary>Sums up what the billing runs of each day charged, from the run log.</summary>
public sealed class BillingDays(NpgsqlDataSource database)
{
    private const string DaysSql = """
        select (started_at at time zone 'UTC')::date as day, count(*) as runs, sum(hours_billed)::bigint as hours_billed,
               sum(total_billed) as total_billed, sum(tokens_debited)::bigint as tokens_debited
        from cron_service.runs
        where job = 'hourly-billing' and started_at >= @from and started_at < @to and status <> 'running'
        group by 1 order by 1
        """;

    public Task<List<BillingDay>> ReadAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        database.QueryAsync<BillingDay>(DaysSql, ct, ("from", from.UtcDateTime), ("to", to.UtcDateTime));
}

/// <summary>The sums of the runs that started on a day (UTC).</summary>
/// <param name="TotalBilled">Currency units.</param>
public sealed record BillingDay(DateOnly Day, long Runs, long HoursBilled, decimal TotalBilled, long TokensDebited);
