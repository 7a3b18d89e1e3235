namespace SkyPanel.Functions.Billing;

/// <summary>Counts the hours of months with a break, with several terms or with an hourly rate, in the tables <c>metered_hours</c> and
/// <c>counted_hours</c>.</summary>
public static class CountedHours
{
    private const string MeterSql = """
        drop table if exists pg_temp.metered_hours, pg_temp.month_bases, pg_temp.counted_hours;
        create temporary table metered_hours on commit drop as
        select p.server_id, p.month, p.account_id, p.terms_id, hour,
               sum(least(p.until_second, hour + 3600) - greatest(p.from_second, hour))::integer as seconds
        from pieces p
        cross join lateral generate_series(p.from_second / 3600 * 3600, p.until_second - 1, 3600) as hour
        where (p.server_id, p.month) not in (select server_id, month from plain_months)
        group by p.server_id, p.month, p.account_id, p.terms_id, hour
        """;

    private const string CountSql = "select count(*) from metered_hours";

    // If the terms of a month have different bases, it is computed in seconds of the longest.
    private const string BasesSql = """
        create temporary table month_bases on commit drop as
        with months as (
            select distinct server_id, month from metered_hours
        ), bases as (
            select server_id, month, terms_id, 0 as seconds_counted from metered_hours group by server_id, month, terms_id
            union all
            select server_id, month, terms_id, seconds_counted from month_sums join months using (server_id, month)
        ), longest as (
            select b.*, t.price_seconds, t.is_monthly,
                   max(t.price_seconds) filter (where t.is_monthly) over (partition by b.server_id, b.month) as month_seconds
            from bases b join cron_service.terms t on t.id = b.terms_id
        )
        select server_id, month, month_seconds, sum(case when not is_monthly then 0 when price_seconds = month_seconds then seconds_counted
               else seconds_counted * month_seconds * 1.0000000000000000000000000000 / price_seconds end) as used
        from longest group by server_id, month, month_seconds
        """;

    // The 28 zeros give enough digits to round like exact arithmetic.
    private const string CountHoursSql = """
        create temporary table counted_hours on commit drop as
        with priced as (
            select h.*, (t.price * 1000000)::bigint as price_micros, t.price_seconds,
                   t.is_monthly and coalesce(k.is_capped, @monthly_cap) as is_capped,
                   b.month_seconds, b.used,
                   coalesce(s.seconds_counted - s.seconds_rerated, 0) as counted_before, case when not t.is_monthly then 0
                       when t.price_seconds = b.month_seconds then h.seconds
                        else 1.0000000000000000000000000000 * h.seconds * b.month_seconds / t.price_seconds end as month_used
            from metered_hours h
            join cron_service.terms t on t.id = h.terms_id
            join month_bases b on b.server_id = h.server_id and b.month = h.month
            left join cron_service.month_caps k on k.month = h.month
            left join month_sums s on s.server_id = h.server_id and s.month = h.month and s.terms_id = h.terms_id
        ), used as (
            select p.*, used + sum(month_used) over (partition by server_id, month order by hour) as used_after from priced p
        ), counted as (
            select u.*, case when not is_capped or used_after <= month_seconds then u.seconds
                when price_seconds = month_seconds then least(month_seconds, used_after) - least(month_seconds, used_after - month_used)
                else least(u.seconds, (least(month_seconds, used_after) - least(month_seconds, used_after - month_used))
                     * price_seconds * 1.0000000000000000000000000000 / month_seconds) end as seconds_counted
            from used u
        )
        select server_id, to_timestamp(hour) as hour_start, account_id, terms_id, price_micros, price_seconds, seconds, seconds_counted,
               counted_before + sum(seconds_counted) over (partition by server_id, month, terms_id order by hour) as counted_after
        from counted
        """;

    /// <param name="inputs">The tables that are read; null for those of production.</param>
    /// <returns>The number of hours; they are in <c>counted_hours</c> when there are any.</returns>
    public static async Task<long> CountAsync(
        NpgsqlConnection connection, bool monthlyCap, CancellationToken ct, ChargeInputs? inputs = null)
    {
        await connection.ExecuteLongAsync(MeterSql, ct);
        var hours = await connection.ScalarLongAsync<long>(CountSql, ct);
        if (hours > 0)
        {
            await connection.ExecuteLongAsync(ChargeInputs.Named(inputs, BasesSql), ct);
            await connection.ExecuteLongAsync(ChargeInputs.Named(inputs, CountHoursSql), ct, ("monthly_cap", monthlyCap));
        }
        return hours;
    }
}
