namespace SkyPanel.Functions.Billing;

/// <summary>Sums up the charges of a billing run by server.</summary>
public sealed class RunServers(NpgsqlDataSource database)
{
    /// <summary>The maximum number of server-hours that are summed up: two hours of the largest fleet.</summary>
    public const int MaxHours = 200_000;

    // Reads at most one row more than the limit. The run's own count isn't used, as a run that died has none.
    private const string ServersSql = """
        with lines as materialized (
            select server_id, account_id, seconds_billed, amount, hour_start from cron_service.charges where run_id = @id limit @most + 1)
        select c.server_id, a.user_id, count(*) as hours, sum(c.seconds_billed) as seconds_billed, sum(c.amount) as amount,
               min(c.hour_start) as from_hour, max(c.hour_start) + interval '1 hour' as until_hour
        from lines c join cron_service.accounts a on a.id = c.account_id
        where (select count(*) from lines) <= @most group by c.server_id, a.user_id order by c.server_id, a.user_id limit 10000
        """;

    /// <summary>Reads the first 10,000 servers and payers; none of a run with more than <see cref="MaxHours"/>.</summary>
    public Task<List<RunServer>> ReadAsync(long runId, CancellationToken ct) =>
        database.QueryAsync<RunServer>(ServersSql, ct, ("id", runId), ("most", MaxHours));
}

/// <summary>The charges of a run for one server.</summary>
public sealed record RunServer(int ServerId, int UserId, long Hours, long SecondsBilled, decimal Amount, DateTime FromHour,
    DateTime UntilHour);
