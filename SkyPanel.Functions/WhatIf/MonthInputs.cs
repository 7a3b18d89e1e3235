using SkyPanel.Functions.Billing;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Fills the temporary tables of <see cref="ChargeInputs.Copies"/>.</summary>
public static class MonthInputs
{
    private const string DropSql = "drop table if exists pg_temp.terms, pg_temp.uptime, pg_temp.server_months, pg_temp.month_caps";

    // Simulated prices are monthly; hourly rates only change by the factor.
    private const string TermsSql = """
        create temporary table terms on commit drop as
        select t.id, t.server_id, t.effective_from, t.account_id, t.is_monthly,
               cron_service.round6(coalesce(q.price, p.price, t.price) * @price_factor) as price,
               case when t.is_monthly then coalesce(@hours_per_month::integer * 3600, t.price_seconds) else t.price_seconds
               end as price_seconds
        from cron_service.terms t
        left join unnest(@package_ids, @prices) as p(package_id, price) on t.is_monthly and p.package_id = t.package_id
        left join unnest(@server_ids, @server_prices) as q(server_id, price) on t.is_monthly and q.server_id = t.server_id
        """;

    private const string UptimeSql = """
        create temporary table uptime on commit drop as
        select server_id, started_at, is_current, is_billable,
               case when @goes_on and is_current and is_billable then greatest(seen_until, @until) else seen_until end as seen_until
        from cron_service.uptime where is_current or seen_until > @month
        """;

    // Months with hours that a person has rated again keep their amounts; due time is added to their seconds, as in a run.
    private const string ServerMonthsSql = """
        create temporary table server_months on commit drop as
        select * from cron_service.server_months
        where month = @month and server_id in (select server_id from cron_service.server_months where month = @month and is_rerated)
        """;

    // Empty when the change sets the cap.
    private const string CapsSql = """
        create temporary table month_caps on commit drop as
        select month, is_capped from cron_service.month_caps where month = @month and not @is_changed
        """;

    private const string AnalyzeSql = "analyze pg_temp.terms; analyze pg_temp.uptime; analyze pg_temp.server_months";
    private const string HighestPriceSql = "select coalesce(max(price), 0) from pg_temp.terms";

    /// <param name="goesOn">Whether servers that were last seen running go on until the month ends.</param>
    public static async Task FillAsync(
        NpgsqlConnection connection, CalendarMonth month, Change change, bool goesOn, CancellationToken ct)
    {
        var (packages, servers) = (change.Prices.Where(price => price.PackageId is not null),
            change.Prices.Where(price => price.ServerId is not null));
        await connection.ExecuteLongAsync(DropSql, ct);
        await connection.ExecuteLongAsync(TermsSql, ct, ("price_factor", change.PriceFactor), ("hours_per_month", change.HoursPerMonth),
            ("package_ids", packages.Select(price => price.PackageId!.Value).ToArray()), ("prices", PricesOf(packages)),
            ("server_ids", servers.Select(price => price.ServerId!.Value).ToArray()), ("server_prices", PricesOf(servers)));
        await connection.ExecuteLongAsync(UptimeSql, ct, ("goes_on", goesOn), ("month", month.Begin), ("until", month.End));
        await connection.ExecuteLongAsync(ServerMonthsSql, ct, ("month", month.Begin));
        await connection.ExecuteLongAsync(CapsSql, ct, ("month", month.Begin), ("is_changed", change.MonthlyCap is not null));
        await connection.ExecuteLongAsync(AnalyzeSql, ct);
    }

    /// <returns>The highest price of the terms.</returns>
    public static Task<decimal> HighestPriceAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ScalarLongAsync<decimal>(HighestPriceSql, ct);

    private static decimal[] PricesOf(IEnumerable<OtherPrice> prices) => [.. prices.Select(price => price.Price!.Value)];
}
