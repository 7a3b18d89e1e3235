using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Benchmarks;

/// <summary>Enrolled servers in the panel's own tables, ten a customer.</summary>
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

    // Else each run would look for what the panel had billed, as one does before the take-over only.
    private const string TakenOverSql = """
        insert into cron_service.jobs (job, taken_over_at) values ('hourly-billing', @start)
        on conflict (job) do update set taken_over_at = @start
        """;

    /// <param name="servers">All there will be: their customers are a tenth of them.</param>
    /// <param name="start">From when they are billed.</param>
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
