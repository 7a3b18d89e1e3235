using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Benchmarks;

/// <summary>Inserts enrolled servers into the panel's tables, ten for each customer.</summary>
internal static class FleetRows
{
    private const string UsersSql = """
        insert into public.users (id, email, username, full_name, virtfusion_id)
        select n, 'u' || n, 'u' || n, 'User', n from generate_series(1, greatest(@servers / 10, 1)) as n on conflict do nothing
        """;

    private const string EnrolmentsSql = """
        insert into public.virtfusion_hourly_billing
            (user_id, server_id, virtfusion_server_id, package_id, package_name, monthly_price, hourly_rate, last_billed_at, created_at)
        select 1 + n % greatest(@servers / 10, 1), n, n, 1, 'Plan', 2.5 + n % 48, 0, @start, @start from generate_series(@first, @last) as n
        """;

    // Without the take-over, each run would look for hours that the panel had billed.
    private const string TakenOverSql = """
        insert into cron_service.jobs (job, taken_over_at) values ('hourly-billing', @start)
        on conflict (job) do update set taken_over_at = @start
        """;

    /// <param name="servers">The final number of servers, which determines the number of customers.</param>
    /// <param name="start">The time from which the servers are billed.</param>
    public static async Task InsertAsync(NpgsqlDataSource source, int first, int last, int servers, DateTimeOffset start)
    {
        await source.ExecuteAsync(UsersSql, default, ("servers", servers));
        await source.ExecuteAsync(EnrolmentsSql, default, ("servers", servers), ("first", first), ("last", last),
            ("start", DateTime.SpecifyKind(start.UtcDateTime, DateTimeKind.Unspecified)));
        await source.ExecuteAsync(TakenOverSql, default, ("start", start.UtcDateTime));
        await source.RunAloneAsync("vacuum analyze");
        await source.RunAloneAsync("checkpoint");
    }
}
