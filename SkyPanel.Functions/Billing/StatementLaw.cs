namespace SkyPanel.Functions.Billing;

/// <summary>Checks the law of statements: the owed amount before a month plus the month's lines is the owed amount after it.</summary>
internal static class StatementLaw
{
    // The three parts come from different sources: stored sums of earlier months, the lines, and the current owed amount minus the stored
    // sums of later months.
    public const string Sql = """
        with lines as (
            select account_id, date_trunc('month', hour_start, 'UTC') as month, amount from cron_service.charges
            union all
            select account_id, case when correction_id is null then month else date_trunc('month', created_at, 'UTC') end,
                   case kind when 'credit_note' then -amount else amount end
            from cron_service.adjustments
            union all
            select r.account_id, date_trunc('month', coalesce(t.created_at, r.created_at), 'UTC'), l.exact_amount - l.taken_amount
            from cron_service.repairs r join cron_service.repair_lines l on l.repair_id = r.id
            left join cron_service.transfers t on t.external_id = 'repair:' || r.id
            where r.hold_id is null or t.id is not null
            union all
            select r.account_id, date_trunc('month', t.created_at, 'UTC'), r.amount
            from cron_service.dns_renewals r join cron_service.transfers t on t.external_id = r.external_id
            union all
            select d.account_id, date_trunc('month', t.created_at, 'UTC'), case d.kind when 'debit' then -d.amount else d.amount end
            from cron_service.debits d join cron_service.transfers t on t.external_id = d.kind || ':' || d.id
            where d.state = 'settled' and d.kind in ('debit', 'refund')
        ), sums as (
            select account_id, month, sum(amount) as amount from lines group by account_id, month
        ), statements as (
            select coalesce(l.account_id, k.account_id) as account_id, coalesce(l.month, k.month) as month,
                coalesce(l.amount, 0) as lines_amount,
                   coalesce(k.amount, 0) as kept_amount
            from sums l full join cron_service.statement_months k on k.account_id = l.account_id and k.month = l.month
        ), carried as (
            select a.user_id, s.month, s.lines_amount,
                   coalesce(sum(s.kept_amount) over (o rows between unbounded preceding and 1 preceding), 0) as opening_amount,
                   a.owed_amount - coalesce(sum(s.kept_amount) over (o rows between 1 following and unbounded following),
                       0) as closing_amount
            from statements s join cron_service.accounts a on a.id = s.account_id
            window o as (partition by s.account_id order by s.month)
        )
        select 'user ' || user_id || ', ' || to_char(month, 'YYYY-MM') || ': ' || opening_amount || ' carried and lines of ' || lines_amount
               || ' make ' || opening_amount + lines_amount || ', ' || closing_amount || ' is carried on'
        from carried where opening_amount + lines_amount <> closing_amount
        """;
}
