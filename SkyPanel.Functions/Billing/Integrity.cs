using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Billing;

/// <summary>The laws of money, looked at from outside the statements that keep them. Each check lists what breaks it; none is good.</summary>
public sealed class Integrity(NpgsqlDataSource database, IOptions<LedgerOptions> ledger)
{
    private const string ZeroSumSql = "select 'all balances add up to ' || sum(balance_amount) from cron_service.balances having sum(balance_amount) <> 0";

    private const string OwedSql = """
        select 'user ' || user_id || ' owes ' || owed_amount || ', but the transfers add up to ' || balance_amount
        from cron_service.balances where kind = 'customer' and owed_amount <> balance_amount
        """;

    private const string DirectionsSql = """
        select 'transfer ' || t.id || ' is a ' || t.kind || ' from ' || f.kind || ' to ' || o.kind
        from cron_service.transfers t join cron_service.accounts f on f.id = t.from_account_id join cron_service.accounts o on o.id = t.to_account_id
        where (t.kind, f.kind, o.kind) not in (
            ('charge', 'customer', 'revenue'), ('supplement', 'customer', 'revenue'), ('credit_note', 'revenue', 'customer'),
            ('debit', 'wallet_clearing', 'customer'), ('refund', 'customer', 'wallet_clearing'), ('top_up', 'payment_clearing', 'wallet_clearing'), ('claw_back', 'wallet_clearing', 'payment_clearing'), ('dns_renewal', 'customer', 'revenue'))
        """;

    private const string ChargesSql = """
        select 'run ' || coalesce(c.run_id, t.run_id) || ' charged ' || coalesce('user ' || a.user_id, 'nobody') || ' ' || coalesce(c.amount, 0) || ', transferred ' || coalesce(t.amount, 0)
        from (select run_id, account_id, sum(amount) as amount from cron_service.charges group by run_id, account_id having sum(amount) > 0) c
        full join (select run_id, from_account_id, sum(amount) as amount from cron_service.transfers where kind = 'charge' group by run_id, from_account_id) t on t.run_id = c.run_id and t.from_account_id = c.account_id
        left join cron_service.accounts a on a.id = coalesce(c.account_id, t.from_account_id)
        where coalesce(c.amount, 0) <> coalesce(t.amount, 0)
        """;

    private const string AdjustmentsSql = """
        select 'transfer ' || t.id || ' of ' || t.amount || ' has adjustments or repairs of ' || coalesce(a.amount, r.amount, 0)
        from cron_service.transfers t
        left join (select transfer_id, sum(amount) as amount from cron_service.adjustments group by transfer_id) a on a.transfer_id = t.id
        left join (select repair_id, abs(sum(taken_amount - exact_amount)) as amount from cron_service.repair_lines group by repair_id) r on t.external_id = 'repair:' || r.repair_id
        where t.kind in ('credit_note', 'supplement') and t.amount is distinct from coalesce(a.amount, r.amount)
        """;

    private const string RenewalsSql = """
        select coalesce(r.external_id, t.external_id) || ': renewed for ' || coalesce(r.amount, 0) || ', transferred ' || coalesce(t.amount, 0)
        from cron_service.dns_renewals r
        full join (select * from cron_service.transfers where kind = 'dns_renewal') t on t.external_id = r.external_id and t.from_account_id = r.account_id
        where coalesce(r.amount, 0) <> coalesce(t.amount, 0)
        """;

    private const string PeriodsSql = """
        select 'subscription ' || subscription_id || ': a period from ' || period_start || ' begins before the one before ends, ' || ended_before
        from (select subscription_id, period_start, lag(period_end) over (partition by subscription_id order by period_start) as ended_before from cron_service.dns_renewals) r
        where ended_before > period_start
        """;

    // What foreign keys would hold, and that the hour lies within the segment.
    private const string LinesSql = """
        select 'server ' || c.server_id || ', hour ' || to_char(c.hour_start, 'YYYY-MM-DD HH24:MI') || ': charged to ' || coalesce('user ' || a.user_id, 'nobody') || ' on terms ' || c.terms_id
        from cron_service.charges c
        left join cron_service.accounts a on a.id = c.account_id
        left join (select *, lead(effective_from, 1, 'infinity') over (partition by server_id order by effective_from) as effective_until from cron_service.terms) t
            on t.id = c.terms_id and t.server_id = c.server_id and t.account_id = c.account_id and c.hour_start >= t.effective_from and c.hour_start < t.effective_until
        where t.id is null
        """;

    private const string SecondsSql = """
        select 'server ' || coalesce(c.server_id, m.server_id) || ', ' || to_char(coalesce(c.month, m.month), 'YYYY-MM') || ': ' || coalesce(c.seconds, 0)
               || ' corrected seconds, ' || coalesce(m.seconds_billed, 0) || ' kept'
        from (select c.server_id, date_trunc('month', c.hour_start, 'UTC') as month, c.terms_id, sum(coalesce(h.seconds, c.seconds_billed)) as seconds,
                     sum(c.seconds_counted) as counted, count(h.server_id) > 0 as is_corrected
              from cron_service.charges c
              left join (select distinct on (server_id, hour_start) * from cron_service.corrected_hours order by server_id, hour_start, correction_id desc) h
                  using (server_id, hour_start)
              group by 1, 2, 3) c
        full join cron_service.server_months m on m.server_id = c.server_id and m.month = c.month and m.terms_id = c.terms_id
        where c.seconds is distinct from m.seconds_billed
           or not c.is_corrected and c.counted <> m.seconds_counted
              and not exists (select from cron_service.server_months o where o.server_id = m.server_id and o.month = m.month and o.terms_id <> m.terms_id)
        """;

    private const string MonthsSql = """
        with posted as (
            select server_id, account_id, date_trunc('month', hour_start, 'UTC') as month, amount from cron_service.charges
            union all
            select server_id, account_id, month, case kind when 'supplement' then amount else -amount end from cron_service.adjustments
        ), sums as (
            select server_id, account_id, month, sum(amount) as amount from posted group by 1, 2, 3
        ), kept as (
            select m.server_id, t.account_id, m.month, sum(m.amount) as amount
            from cron_service.server_months m join cron_service.terms t on t.id = m.terms_id group by 1, 2, 3
        )
        select 'server ' || server_id || ', ' || to_char(month, 'YYYY-MM') || ': charges and adjustments of ' || coalesce(s.amount, 0)
               || ', sum kept ' || coalesce(k.amount, 0)
        from sums s full join kept k using (server_id, account_id, month) where s.amount is distinct from k.amount
        """;

    // Whether the cap was set when a month was charged is not kept: either cost is right.
    private const string CorrectedMonthsSql = """
        select 'server ' || m.server_id || ', ' || to_char(m.month, 'YYYY-MM') || ': corrected hours cost ' || capped.amount || ', sum kept ' || m.amount
        from (select m.server_id, m.month, sum(m.amount) as amount, sum(m.seconds_counted) as counted from cron_service.server_months m
              where (m.server_id, m.month) in (select server_id, month from cron_service.adjustments) group by 1, 2) m
        cross join lateral (select sum(amount) as amount, sum(seconds_counted) as counted from cron_service.month_cost(m.server_id, m.month, true)) capped
        cross join lateral (select sum(amount) as amount, sum(seconds_counted) as counted from cron_service.month_cost(m.server_id, m.month, false)) uncapped
        where (m.amount, round(m.counted, 12)) not in ((capped.amount, round(capped.counted, 12)), (uncapped.amount, round(uncapped.counted, 12)))
        """;

    private const string DaysSql = """
        select to_char(coalesce(c.day, d.day) at time zone 'UTC', 'YYYY-MM-DD') || ': ' || coalesce(c.hours, 0) || ' charges of ' || coalesce(c.amount, 0)
               || ', sum kept ' || coalesce(d.hours, 0) || ' of ' || coalesce(d.amount, 0)
        from (select date_trunc('day', hour_start, 'UTC') as day, count(*) as hours, sum(amount) as amount from cron_service.charges group by 1) c
        full join cron_service.charged_days d using (day)
        where (c.hours, c.amount) is distinct from (d.hours, d.amount)
        """;

    private const string SpellsSql = """
        select 'server ' || server_id || ': a spell from ' || started_at || ' begins before the one before ends, ' || ended_before
        from (select server_id, started_at, lag(seen_until) over (partition by server_id order by started_at) as ended_before from cron_service.uptime) s
        where ended_before > started_at
        """;

    // Every billable second of an hour before billed-until is charged, or lies in a hold; and nothing else is. Approved hours may lie after it.
    private const string HoursSql = """
        with decided as (
            select e.server_id, e.billed_from, e.billed_until, greatest(e.billed_until, max(s.charged_until)) as until
            from cron_service.enrolments e left join cron_service.hold_spans s on s.server_id = e.server_id and s.charged_until > s.from_hour
            group by e.server_id
        ), billable as (
            select e.server_id, e.billed_until, h.hour, sum(least(extract(epoch from s.seen_until)::bigint, h.hour + 3600)
                   - greatest(extract(epoch from greatest(s.started_at, e.billed_from))::bigint, h.hour)) as seconds
            from decided e
            join cron_service.uptime s on s.server_id = e.server_id and s.is_billable and s.seen_until > greatest(s.started_at, e.billed_from)
            cross join lateral generate_series(extract(epoch from greatest(s.started_at, e.billed_from))::bigint / 3600 * 3600,
                extract(epoch from least(s.seen_until, e.until))::bigint - 1, 3600) as h(hour)
            group by e.server_id, e.billed_until, h.hour
        )
        select 'server ' || coalesce(b.server_id, c.server_id) || ', hour ' || to_char(coalesce(to_timestamp(b.hour), c.hour_start), 'YYYY-MM-DD HH24:MI') || ': ' || coalesce(b.seconds, 0)
               || ' billable seconds, ' || coalesce(c.seconds_billed, 0) || ' charged'
        from billable b
        full join cron_service.charges c on c.server_id = b.server_id and c.hour_start = to_timestamp(b.hour)
        where b.seconds is distinct from c.seconds_billed
          and (c.server_id is not null or to_timestamp(b.hour) < b.billed_until and not exists (
              select from cron_service.hold_spans h where h.server_id = b.server_id and to_timestamp(b.hour) >= h.from_hour and to_timestamp(b.hour) < h.until_hour))
        """;

    private const string HoldsSql = """
        select 'server ' || s.server_id || ': hold ' || h.id || ' (' || h.state || ') has ' || count(*) || ' hours that are charged'
        from cron_service.holds h join cron_service.hold_spans s on s.hold_id = h.id
        join cron_service.charges c on c.server_id = s.server_id and c.hour_start >= s.charged_until and c.hour_start < s.until_hour
        group by h.id, s.server_id
        union all
        select 'hold ' || h.id || ' is ' || h.state || ', and ' || count(*) || ' of its spans are charged to '
               || case h.state when 'charged' then 'less than their end' else 'some hour' end
        from cron_service.holds h join cron_service.hold_spans s on s.hold_id = h.id
        where h.state = 'charged' and s.charged_until < s.until_hour or h.state in ('open', 'rejected') and s.charged_until > s.from_hour
        group by h.id
        """;

    private const string DebitsSql = """
        select coalesce('debit ' || d.id, 'transfer ' || t.id) || ': ' || coalesce(d.state || ' with ' || d.amount, 'no debit') || ', transferred ' || coalesce(t.amount, 0)
        from cron_service.debits d
        full join (select * from cron_service.transfers where kind in ('debit', 'refund', 'top_up', 'claw_back')) t on t.external_id = d.kind || ':' || d.id
        where case when d.state = 'settled' then d.amount else 0 end <> coalesce(t.amount, 0)
        """;

    // What a person voided waits for the next run.
    private const string DueSql = """
        select 'user ' || a.user_id || ' owes ' || a.owed_amount || ' and has no open debit'
        from cron_service.accounts a
        where a.kind = 'customer' and a.owed_amount * @tokens_per_unit >= 1
          and not exists (select from cron_service.debits d where d.account_id = a.id and d.kind in ('debit', 'refund') and d.state in ('pending', 'sending', 'in_doubt', 'held'))
          and coalesce((select d.state from cron_service.debits d where d.account_id = a.id and d.kind in ('debit', 'refund') order by d.id desc limit 1), '') <> 'voided'
        """;

    private const string TopUpsSql = """
        select 'top-up ' || t.id || ' (' || t.state || '): ' || t.refunded_amount + t.lost_amount || ' of ' || coalesce(t.captured_amount, 0) || ' given back, ' || d.tokens || ' tokens'
        from cron_service.top_ups t join cron_service.top_up_tokens d on d.top_up_id = t.id
        where d.grants > 1 or t.captured_at is null or not d.is_taking_back and t.state in ('granted', 'partly_refunded', 'refunded', 'won', 'lost')
              and d.tokens <> floor(greatest(0, t.captured_amount - t.refunded_amount - t.lost_amount) * t.tokens_per_unit)
        """;

    private static readonly (string Name, string Law, string Sql)[] Checks =
    [
        ("zero-sum", "The sum of all balances is zero.", ZeroSumSql),
        ("owed", "What an account owes is the sum of its transfers.", OwedSql),
        ("directions", "Each kind of transfer goes its own way.", DirectionsSql),
        ("charges", "A run's transfer to an account is the sum of its charges.", ChargesSql),
        ("adjustments", "A credit note or supplement is the sum of its adjustments, or of its repair.", AdjustmentsSql),
        ("renewals", "Each DNS renewal is one transfer.", RenewalsSql),
        ("periods", "A DNS subscription pays for a time once.", PeriodsSql),
        ("lines", "Each charge names its server's terms of that hour, and who pays on them.", LinesSql),
        ("seconds", "The seconds kept of a server's month are those of its charges, as corrected.", SecondsSql),
        ("months", "The sum kept of a server's month is that of its charges and adjustments.", MonthsSql),
        ("corrected-months", "The charges and adjustments of a corrected month add up to the cost of its corrected seconds.", CorrectedMonthsSql),
        ("days", "The sum kept of a day is that of its charges.", DaysSql),
        ("spells", "A server is in one state at a time.", SpellsSql),
        ("hours", "Each decided billable second is charged once, or held.", HoursSql),
        ("holds", "An hour of a server that is held is not charged.", HoldsSql),
        ("debits", "Each settled debit is one transfer.", DebitsSql),
        ("due", "A whole token that is owed has a debit.", DueSql),
        ("statements", "What an account carries into a month and the month's lines add up to what it carries on.", StatementLaw.Sql),
        ("top-ups", "A top-up's tokens are those for the money that was kept, once.", TopUpsSql),
    ];

    // A panel without the table has no copy that could differ.
    private const string HasCopySql = "select to_regclass('public.' || @table) is not null and exists (select from cron_service.panel_rows where table_name = @table)";

    private const int MostExamples = 10;

    /// <summary>Runs every check in one snapshot.</summary>
    public async Task<IntegrityReport> CheckAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginSnapshotAsync(ct);
        var results = new List<IntegrityCheck>();
        foreach (var (name, law, sql) in Checks)
            results.Add(Result(name, law, await ViolationsAsync(connection, sql, ct)));
        foreach (var (name, law, sql, table) in PanelCopies.Checks)
        {
            var hasCopy = (await connection.QueryAsync(HasCopySql, row => row.GetBoolean(0), ct, ("table", table)))[0];
            results.Add(Result(name, law, hasCopy ? await ViolationsAsync(connection, sql, ct) : []));
        }
        return new(results.TrueForAll(check => check.Ok), results);
    }

    private static IntegrityCheck Result(string name, string law, List<string> violations) =>
        new(name, law, violations.Count == 0, violations.Count, [.. violations.Take(MostExamples)]);

    // A year's charges take longer than the half minute that other statements have: whoever waits is the limit.
    private async Task<List<string>> ViolationsAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        command.Parameters.AddWithValue("tokens_per_unit", (decimal)ledger.Value.TokensPerCurrencyUnit);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var violations = new List<string>();
        while (await reader.ReadAsync(ct))
            violations.Add(reader.GetString(0));
        return violations;
    }
}
