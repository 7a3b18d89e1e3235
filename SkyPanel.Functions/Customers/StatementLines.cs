namespace SkyPanel.Functions.Customers;

internal static class StatementLines
{
    private const string CarriedSql = """
        select coalesce(sum(amount) filter (where month < @month), 0) as opening,
               coalesce(sum(amount) filter (where month > @month), 0) as later
        from cron_service.statement_months where account_id = @account_id
        """;

    private const string ChargesSql = """
        select c.server_id, min(to_jsonb(b) ->> 'package_name') as plan, min(c.hour_start) as from_hour,
               max(c.hour_start) + interval '1 hour' as until_hour, count(*) as hours, sum(c.seconds_billed) as seconds,
               round(sum(c.seconds_billed - c.seconds_counted), 6) as seconds_beyond_cap, t.price, t.price_seconds / 3600 as basis_hours,
               t.is_monthly as is_monthly_price, round(sum(c.seconds_billed - c.seconds_counted), 6) > 0 as is_cap_reached,
               sum(c.amount) as amount
        from (select distinct server_id from cron_service.terms where account_id = @account_id) as mine
        join cron_service.charges c on c.server_id = mine.server_id and c.account_id = @account_id
            and c.hour_start >= @month and c.hour_start < @month + interval '1 month'
        join cron_service.terms t on t.id = c.terms_id
        left join cron_service.enrolments e on e.server_id = c.server_id
        left join public.virtfusion_hourly_billing b on b.virtfusion_server_id = e.server_id and b.id::text = e.enrolment_id
        group by c.server_id, c.terms_id, t.price, t.price_seconds, t.is_monthly
        order by c.server_id, from_hour
        """;

    // Repairs of amounts taken by the panel's engine have one line for each server and month.
    private const string CorrectionsSql = """
        select * from (
            select created_at as at, server_id, from_hour, until_hour, kind, reason, case kind when 'credit_note' then -amount
                else amount end as amount
            from cron_service.adjustments
            where account_id = @account_id and @month = case when correction_id is null then month
                else date_trunc('month', created_at, 'UTC') end
            union all
            select coalesce(t.created_at, r.created_at), l.server_id, l.month, l.month + interval '1 month',
                   case when l.exact_amount < l.taken_amount then 'credit_note' else 'supplement' end, r.reason,
                       l.exact_amount - l.taken_amount
            from cron_service.repairs r join cron_service.repair_lines l on l.repair_id = r.id
            left join cron_service.transfers t on t.external_id = 'repair:' || r.id
            where r.account_id = @account_id and (r.hold_id is null or t.id is not null)
              and @month = date_trunc('month', coalesce(t.created_at, r.created_at), 'UTC')
        ) as corrected order by at, server_id, from_hour
        """;

    private const string RenewalsSql = """
        select t.created_at as at, r.subscription_id, r.period_start, r.period_end, r.amount
        from cron_service.dns_renewals r join cron_service.transfers t on t.external_id = r.external_id
        where r.account_id = @account_id and t.created_at >= @month and t.created_at < @month + interval '1 month'
        order by t.id
        """;

    // The transfer decides the month: after a clock that was ahead it stays in a later one than the time of settling.
    private const string DebitsSql = """
        select t.created_at as at, d.kind, d.id as debit_id, d.tokens, d.credit_id,
               case d.kind when 'debit' then -d.amount else d.amount end as amount
        from (select id, created_at, external_id from cron_service.transfers where to_account_id = @account_id and kind = 'debit'
              union all
              select id, created_at, external_id from cron_service.transfers where from_account_id = @account_id and kind = 'refund') t
        join cron_service.debits d on d.id = substring(t.external_id from '[0-9]+$')::bigint
        where t.created_at >= @month and t.created_at < @month + interval '1 month'
        order by t.id
        """;

    private const string TopUpsSql = """
        select t.created_at as at, t.kind, d.top_up_id, d.tokens, d.credit_id, case t.kind when 'claw_back' then -d.amount
            else d.amount end as amount
        from cron_service.top_ups u join cron_service.debits d on d.top_up_id = u.id and d.state = 'settled'
            join cron_service.transfers t on t.external_id = d.kind || ':' || d.id
        where u.account_id = @account_id and t.created_at >= @month and t.created_at < @month + interval '1 month'
        order by t.id
        """;

    /// <returns>The amounts owed at the start and at the end of the month.</returns>
    public static async Task<(decimal Opening, decimal Later)> CarriedAsync(NpgsqlConnection connection, long accountId, DateTime month,
        CancellationToken ct) =>
        (await connection.QueryAsync(CarriedSql, row => (row.Get<decimal>("opening"), row.Get<decimal>("later")), ct,
            Of(accountId, month)))[0];

    public static Task<List<ChargedServer>> ChargesAsync(NpgsqlConnection connection, long accountId, DateTime month,
        CancellationToken ct) =>
        connection.QueryAsync<ChargedServer>(ChargesSql, ct, Of(accountId, month));

    public static Task<List<StatementCorrection>> CorrectionsAsync(NpgsqlConnection connection, long accountId, DateTime month,
        CancellationToken ct) =>
        connection.QueryAsync<StatementCorrection>(CorrectionsSql, ct, Of(accountId, month));

    public static Task<List<StatementRenewal>> RenewalsAsync(NpgsqlConnection connection, long accountId, DateTime month,
        CancellationToken ct) =>
        connection.QueryAsync<StatementRenewal>(RenewalsSql, ct, Of(accountId, month));

    public static Task<List<StatementDebit>> DebitsAsync(NpgsqlConnection connection, long accountId, DateTime month,
        CancellationToken ct) =>
        connection.QueryAsync<StatementDebit>(DebitsSql, ct, Of(accountId, month));

    public static Task<List<StatementTopUp>> TopUpsAsync(NpgsqlConnection connection, long accountId, DateTime month,
        CancellationToken ct) =>
        connection.QueryAsync<StatementTopUp>(TopUpsSql, ct, Of(accountId, month));

    private static (string, object?)[] Of(long accountId, DateTime month) => [("account_id", accountId), ("month", month)];
}
