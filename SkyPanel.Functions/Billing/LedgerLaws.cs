namespace SkyPanel.Functions.Billing;

/// <summary>Lists the laws of transfers, debits and top-ups. Each statement selects the violations of its law.</summary>
internal static class LedgerLaws
{
    private const string ZeroSumSql =
        "select 'all balances add up to ' || sum(balance_amount) from cron_service.balances having sum(balance_amount) <> 0";

    private const string OwedSql = """
        select 'user ' || user_id || ' owes ' || owed_amount || ', but the transfers add up to ' || balance_amount
        from cron_service.balances where kind = 'customer' and owed_amount <> balance_amount
        """;

    private const string DirectionsSql = """
        select 'transfer ' || t.id || ' is a ' || t.kind || ' from ' || f.kind || ' to ' || o.kind
        from cron_service.transfers t join cron_service.accounts f on f.id = t.from_account_id
            join cron_service.accounts o on o.id = t.to_account_id
        where (t.kind, f.kind, o.kind) not in (
            ('charge', 'customer', 'revenue'), ('supplement', 'customer', 'revenue'), ('credit_note', 'revenue', 'customer'),
            ('debit', 'wallet_clearing', 'customer'), ('refund', 'customer', 'wallet_clearing'),
            ('top_up', 'payment_clearing', 'wallet_clearing'), ('claw_back', 'wallet_clearing', 'payment_clearing'),
            ('dns_renewal', 'customer', 'revenue'))
        """;

    private const string ChargesSql = """
        select 'run ' || coalesce(c.run_id, t.run_id) || ' charged ' || coalesce('user ' || a.user_id, 'nobody') || ' '
            || coalesce(c.amount, 0) || ', transferred ' || coalesce(t.amount, 0)
        from (select run_id, account_id, sum(amount) as amount from cron_service.charges
            group by run_id, account_id having sum(amount) > 0) c
        full join (select run_id, from_account_id, sum(amount) as amount from cron_service.transfers where kind = 'charge'
            group by run_id, from_account_id) t on t.run_id = c.run_id and t.from_account_id = c.account_id
        left join cron_service.accounts a on a.id = coalesce(c.account_id, t.from_account_id)
        where coalesce(c.amount, 0) <> coalesce(t.amount, 0)
        """;

    private const string AdjustmentsSql = """
        select 'transfer ' || t.id || ' of ' || t.amount || ' has adjustments or repairs of ' || coalesce(a.amount, r.amount, 0)
        from cron_service.transfers t
        left join (select transfer_id, sum(amount) as amount from cron_service.adjustments group by transfer_id) a on a.transfer_id = t.id
        left join (select repair_id, abs(sum(taken_amount - exact_amount)) as amount from cron_service.repair_lines group by repair_id) r
            on t.external_id = 'repair:' || r.repair_id
        where t.kind in ('credit_note', 'supplement') and t.amount is distinct from coalesce(a.amount, r.amount)
        """;

    private const string RenewalsSql = """
        select coalesce(r.external_id, t.external_id) || ': renewed for ' || coalesce(r.amount, 0) || ', transferred '
            || coalesce(t.amount, 0)
        from cron_service.dns_renewals r
        full join (select * from cron_service.transfers where kind = 'dns_renewal') t on t.external_id = r.external_id
            and t.from_account_id = r.account_id
        where coalesce(r.amount, 0) <> coalesce(t.amount, 0)
        """;

    private const string PeriodsSql = """
        select 'subscription ' || subscription_id || ': a period from ' || period_start || ' begins before the one before ends, '
            || ended_before
        from (select subscription_id, period_start, lag(period_end) over (partition by subscription_id
            order by period_start) as ended_before from cron_service.dns_renewals) r
        where ended_before > period_start
        """;

    private const string DebitsSql = """
        select coalesce('debit ' || d.id, 'transfer ' || t.id) || ': ' || coalesce(d.state || ' with ' || d.amount, 'no debit')
            || ', transferred ' || coalesce(t.amount, 0)
        from cron_service.debits d
        full join (select * from cron_service.transfers
            where kind in ('debit', 'refund', 'top_up', 'claw_back')) t on t.external_id = d.kind || ':' || d.id
        where case when d.state = 'settled' then d.amount else 0 end <> coalesce(t.amount, 0)
        """;

    private const string TakenDaysSql = """
        select to_char(day at time zone 'UTC', 'YYYY-MM-DD') || ': debits of ' || coalesce(t.tokens, 0) || ' tokens, stored sum '
            || coalesce(d.tokens, 0)
        from (select date_trunc('day', t.created_at, 'UTC') as day, sum(b.tokens) as tokens
              from cron_service.transfers t
              join cron_service.debits b on b.id = case t.kind when 'debit' then split_part(t.external_id, ':', 2)::bigint end
              group by 1) t
        full join (select day, sum(tokens) as tokens from cron_service.taken_days group by day) d using (day)
        where t.tokens is distinct from d.tokens
        """;

    // A debit that a person voided is opened again by the next run.
    private const string DueSql = """
        select 'user ' || a.user_id || ' owes ' || a.owed_amount || ' and has no open debit'
        from cron_service.accounts a
        where a.kind = 'customer' and a.owed_amount * @tokens_per_unit >= 1
          and not exists (select from cron_service.debits d where d.account_id = a.id and d.kind in ('debit', 'refund')
              and d.state in ('pending', 'sending', 'in_doubt', 'held'))
          and coalesce((select d.state from cron_service.debits d where d.account_id = a.id and d.kind in ('debit', 'refund')
              order by d.id desc limit 1), '') <> 'voided'
        """;

    private const string TopUpsSql = """
        select 'top-up ' || t.id || ' (' || t.state || '): ' || t.refunded_amount + t.lost_amount - t.restored_amount || ' of '
            || coalesce(t.captured_amount, 0) || ' given back, ' || d.tokens || ' tokens'
        from cron_service.top_ups t join cron_service.top_up_tokens d on d.top_up_id = t.id
        -- A step stores what was returned, then opens the claw-back.
        where d.grants > 1 or t.captured_at is null or not d.is_taking_back and t.claimed_until is null
            and t.dispute_state is distinct from 'open'
            and t.state in ('granted', 'partly_refunded', 'refunded', 'won', 'lost')
              -- A dispute may be won after a person has forgiven its tokens: they were not taken.
              and floor(greatest(0, t.captured_amount - t.refunded_amount - t.lost_amount + t.restored_amount) * t.tokens_per_unit)
                  not between d.tokens and d.tokens + d.forgiven
        """;

    public static readonly (string Name, string Law, string Sql)[] Checks =
    [
        ("zero-sum", "The sum of all balances is zero.", ZeroSumSql),
        ("owed", "What an account owes is the sum of its transfers.", OwedSql),
        ("directions", "Each kind of transfer goes its own way.", DirectionsSql),
        ("charges", "A run's transfer to an account is the sum of its charges.", ChargesSql),
        ("adjustments", "A credit note or supplement is the sum of its adjustments, or of its repair.", AdjustmentsSql),
        ("renewals", "Each DNS renewal is one transfer.", RenewalsSql),
        ("periods", "A DNS subscription pays for a time once.", PeriodsSql),
        ("debits", "Each settled debit is one transfer.", DebitsSql),
        ("taken-days", "The stored tokens of a day are those of its debits.", TakenDaysSql),
        ("due", "A whole token that is owed has a debit.", DueSql),
        ("top-ups", "A top-up's tokens are those for the money that was kept, once.", TopUpsSql),
    ];
}
