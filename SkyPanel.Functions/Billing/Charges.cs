namespace SkyPanel.Functions.Billing;

/// <summary>Charges the pieces of <see cref="Pieces"/>, a row per server and hour: step 3 of a charge, under
/// <see cref="ChargeLocks"/>.</summary>
/// <remarks>An hour's charge is the cost of the month up to its end minus the cost up to its beginning, both rounded, so the charges of a
/// month add up to the cost of its seconds. Seconds beyond the cap are recorded, but cost nothing.</remarks>
public sealed class Charges(IOptions<BillingOptions> options)
{
    // Nearly all servers run without a break on the only terms of the month, so their hours are differences of whole seconds. Ordered by
    // the key of charges, so that each page of its index is filled once.
    private const string PlainSql = """
        drop table if exists pg_temp.plain_months;
        create temporary table plain_months on commit drop as
        with months as (
            select server_id, month, min(account_id) as account_id, min(terms_id) as terms_id, min(from_second) as from_second,
                   max(until_second) as until_second
            from pieces group by server_id, month
            having bool_and(is_alone) and min(terms_id) = max(terms_id)
               and max(until_second) - min(from_second) = sum(until_second - from_second)
        )
        select m.server_id, m.month, m.account_id, m.terms_id, m.from_second, m.until_second,
               (t.price * 1000000)::bigint as price_micros, t.price_seconds,
               case when coalesce(k.is_capped, @monthly_cap) then t.price_seconds else 9223372036854775807 end as cap_seconds,
               coalesce(s.seconds_billed, 0) - m.from_second as counted
        from months m
        join cron_service.terms t on t.id = m.terms_id and t.is_monthly
        left join cron_service.month_caps k on k.month = m.month
        left join month_sums s on s.server_id = m.server_id and s.month = m.month and s.terms_id = m.terms_id
        where not coalesce(s.is_rerated, false)
        order by m.server_id, m.month
        """;

    private const string ChargePlainSql = """
        insert into cron_service.charges (server_id, hour_start, run_id, account_id, terms_id, seconds_billed, seconds_counted, amount)
        select server_id, to_timestamp(hour), @run_id, account_id, terms_id, until_second - from_second, counted_until - counted_from,
               (cron_service.cost_micros(price_micros, counted_until, price_seconds)
              - cron_service.cost_micros(price_micros, counted_from, price_seconds)) * 0.000001
        from (
            select m.server_id, m.account_id, m.terms_id, m.price_micros, m.price_seconds, hour,
                   greatest(m.from_second, hour) as from_second, least(m.until_second, hour + 3600) as until_second,
                   least(m.cap_seconds, m.counted + greatest(m.from_second, hour)) as counted_from,
                   least(m.cap_seconds, m.counted + least(m.until_second, hour + 3600)) as counted_until
            from plain_months m cross join lateral generate_series(from_second / 3600 * 3600, until_second - 1, 3600) as hour) as hours
        """;

    private const string PlainLinesSql = """
        insert into run_lines (server_id, account_id, terms_id, month, day, hours, seconds, seconds_counted, amount, from_hour, until_hour)
        select server_id, account_id, terms_id, month, to_timestamp(day), (until_second + 3599) / 3600 - from_second / 3600,
               until_second - from_second,
               counted_until - counted_from,
               (cron_service.cost_micros(price_micros, counted_until, price_seconds)
              - cron_service.cost_micros(price_micros, counted_from, price_seconds)) * 0.000001,
               to_timestamp(from_second / 3600 * 3600), to_timestamp((until_second + 3599) / 3600 * 3600)
        from (
            select m.server_id, m.account_id, m.terms_id, m.month, m.price_micros, m.price_seconds, day,
                   greatest(m.from_second, day) as from_second, least(m.until_second, day + 86400) as until_second,
                   least(m.cap_seconds, m.counted + greatest(m.from_second, day)) as counted_from,
                   least(m.cap_seconds, m.counted + least(m.until_second, day + 86400)) as counted_until
            from plain_months m cross join lateral generate_series(from_second / 86400 * 86400, until_second - 1, 86400) as day) as days
        """;

    private const string ChargeCountedSql = """
        with charged as (
            insert into cron_service.charges (server_id, hour_start, run_id, account_id, terms_id, seconds_billed, seconds_counted, amount)
            select server_id, hour_start, @run_id, account_id, terms_id, seconds, seconds_counted,
                   cron_service.cost(price_micros, counted_after, price_seconds)
                 - cron_service.cost(price_micros, counted_after - seconds_counted, price_seconds)
            from counted_hours
            returning server_id, hour_start, account_id, terms_id, seconds_billed, seconds_counted, amount
        )
        insert into run_lines (server_id, account_id, terms_id, month, day, hours, seconds, seconds_counted, amount, from_hour, until_hour)
        select server_id, account_id, terms_id, date_trunc('month', hour_start, 'UTC'), date_trunc('day', hour_start, 'UTC') as day,
               count(*), sum(seconds_billed),
               sum(seconds_counted), sum(amount), min(hour_start), max(hour_start) + interval '1 hour'
        from charged group by server_id, account_id, terms_id, date_trunc('month', hour_start, 'UTC'), day
        """;

    // A month keeps the cap that it began with, so that later charges and corrections use the same.
    private const string BeginMonthsSql = """
        insert into cron_service.month_caps (month, is_capped) select distinct month, @monthly_cap from pieces on conflict do nothing
        """;

    private bool HasMonthlyCap => options.Value.MonthlyCap;

    /// <summary>Writes the charges of all pieces, and their daily sums into run_lines.</summary>
    public async Task ChargeAsync(NpgsqlConnection connection, long runId, CancellationToken ct)
    {
        await connection.ExecuteLongAsync(BeginMonthsSql, ct, ("monthly_cap", HasMonthlyCap));
        await connection.ExecuteLongAsync(PlainSql, ct, ("monthly_cap", HasMonthlyCap));
        await connection.ExecuteLongAsync(ChargePlainSql, ct, ("run_id", runId));
        await connection.ExecuteLongAsync(PlainLinesSql, ct);
        await ChargeCountedAsync(connection, runId, null, ct);
    }

    /// <summary>Writes the daily sums of the pieces into run_lines, without charges in production.</summary>
    /// <param name="inputs">The tables to use instead of those of production.</param>
    public async Task AddUpByDayAsync(NpgsqlConnection connection, ChargeInputs inputs, CancellationToken ct)
    {
        await connection.ExecuteLongAsync(ChargeInputs.Named(inputs, PlainSql), ct, ("monthly_cap", HasMonthlyCap));
        await connection.ExecuteLongAsync(PlainLinesSql, ct);
        await ChargeCountedAsync(connection, runId: 0, inputs, ct);
    }

    private async Task ChargeCountedAsync(NpgsqlConnection connection, long runId, ChargeInputs? inputs, CancellationToken ct)
    {
        if (await CountedHours.CountAsync(connection, HasMonthlyCap, ct, inputs) > 0)
            await connection.ExecuteLongAsync(ChargeInputs.Named(inputs, ChargeCountedSql), ct, ("run_id", runId));
    }
}
