namespace SkyPanel.Functions.Billing;

/// <summary>Computes the exact due amounts before any hour is charged, a row per server, month and terms, in the table
/// <c>due_amounts</c>.</summary>
/// <remarks>An hour's charge is the difference of two costs, so the charges of consecutive hours add up to one difference.</remarks>
public sealed class DueAmounts(IOptions<BillingOptions> options)
{
    private const string DropSql = "drop table if exists pg_temp.due_shares, pg_temp.due_amounts";

    // The used part of the month is in seconds of the longest basis.
    private const string SharesSql = """
        create temporary table due_shares on commit drop as
        with stretches as (
            select server_id, month, account_id, terms_id, is_approved, min(from_second) as from_second,
                   sum(until_second - from_second)::bigint as seconds
            from pieces group by server_id, month, account_id, terms_id, is_approved
        ), before as (
            select m.server_id, m.month, max(t.price_seconds) filter (where t.is_monthly) as month_seconds,
                   sum(m.seconds_counted * 1.0000000000000000000000000000 / t.price_seconds) filter (where t.is_monthly) as used
            from month_sums m join cron_service.terms t on t.id = m.terms_id
            where (m.server_id, m.month) in (select server_id, month from stretches) group by m.server_id, m.month
        ), priced as (
            select s.*, (t.price * 1000000)::bigint as price_micros, t.price_seconds, t.is_monthly,
                   t.is_monthly and coalesce(k.is_capped, @monthly_cap) as is_capped, b.used, greatest(b.month_seconds,
                       max(t.price_seconds) filter (where t.is_monthly) over (partition by s.server_id, s.month)) as month_seconds
            from stretches s join cron_service.terms t on t.id = s.terms_id
            left join cron_service.month_caps k on k.month = s.month
            left join before b on b.server_id = s.server_id and b.month = s.month
        )
        select *, case when not is_monthly then 0 when price_seconds = month_seconds then seconds
               else 1.0000000000000000000000000000 * seconds * month_seconds / price_seconds end as month_used
        from priced
        """;

    // In the order in which the hours are charged.
    private const string AddUpSql = """
        create temporary table due_amounts on commit drop as
        with used as (
            select *, round(coalesce(used * month_seconds, 0), 20)
                      + sum(month_used) over (partition by server_id, month order by from_second, is_approved desc) as used_after
            from due_shares
        ), counted as (
            select u.*, case when not is_capped or used_after <= month_seconds then u.seconds
                else (least(month_seconds, used_after) - least(month_seconds, used_after - month_used))
                     * price_seconds * 1.0000000000000000000000000000 / month_seconds end as counted
            from used u
        ), totals as (
            select c.*, coalesce(m.seconds_counted - m.seconds_rerated, 0)
                        + sum(c.counted) over (partition by c.server_id, c.month, c.terms_id
                                               order by c.from_second, c.is_approved desc) as counted_after
            from counted c
            left join month_sums m on m.server_id = c.server_id and m.month = c.month and m.terms_id = c.terms_id
        )
        select server_id, month, account_id, terms_id, is_approved, seconds,
               cron_service.cost(price_micros, counted_after, price_seconds)
             - cron_service.cost(price_micros, counted_after - counted, price_seconds) as amount
        from totals
        """;

    /// <summary>Computes the amounts of <see cref="Pieces"/>.</summary>
    public Task AddUpAsync(NpgsqlConnection connection, CancellationToken ct) => AddUpAsync(connection, options.Value.MonthlyCap, null, ct);

    /// <summary>Computes the amounts of <see cref="Pieces"/>, with or without the monthly cap.</summary>
    /// <param name="inputs">The tables that are read; null for those of production.</param>
    public static async Task AddUpAsync(NpgsqlConnection connection, bool monthlyCap, ChargeInputs? inputs, CancellationToken ct)
    {
        await connection.ExecuteLongAsync(DropSql, ct);
        await connection.ExecuteLongAsync(ChargeInputs.Named(inputs, SharesSql), ct, ("monthly_cap", monthlyCap));
        await connection.ExecuteLongAsync(ChargeInputs.Named(inputs, AddUpSql), ct);
    }
}
