using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Billing;

/// <summary>Posts adjustments so that the charges and adjustments of a server and month add up to the cost of its corrected
/// seconds.</summary>
public static class MonthCosts
{
    // Posts the difference between the stored sum (server_months) and the current cost.
    private const string AdjustSql = $"""
        with spans as (
            select * from unnest(@server_ids, @months, @account_ids, @from_hours, @until_hours) as s(server_id, month, account_id,
                from_hour, until_hour)
        ), months as (
            select server_id, month, min(from_hour) as from_hour, max(until_hour) as until_hour from spans group by server_id, month
        ), costs as (
            select m.server_id, m.month, c.account_id, sum(c.amount) as amount
            from months m cross join lateral cron_service.month_cost(m.server_id, m.month) c
                group by m.server_id, m.month, c.account_id
        ), posted as (
            select s.server_id, s.month, t.account_id, sum(s.amount) as amount
            from cron_service.server_months s join months using (server_id, month) join cron_service.terms t on t.id = s.terms_id
            group by s.server_id, s.month, t.account_id
        ), lines as (
            select c.server_id, c.month, c.account_id, c.amount - p.amount as amount,
                   coalesce(s.from_hour, m.from_hour) as from_hour, coalesce(s.until_hour, m.until_hour) as until_hour,
                   concat_ws(':', @cause, c.server_id, c.account_id, to_char(c.month, 'YYYY-MM')) as external_id
            from costs c
            join posted p using (server_id, month, account_id)
            join months m using (server_id, month)
            left join spans s using (server_id, month, account_id)
            where c.amount <> p.amount or @correction_id::bigint is not null and s.server_id is not null
        ), postings as (
            select case when l.amount < 0 then 'credit_note' else 'supplement' end as kind,
                   case when l.amount < 0 then r.id else l.account_id end as from_account_id,
                   case when l.amount < 0 then l.account_id else r.id end as to_account_id, abs(l.amount) as amount, l.external_id,
                   @run_id::bigint as run_id, l.from_hour as effective_at
            from lines l, cron_service.accounts r where r.kind = 'revenue' and l.amount <> 0
        ), transferred as (
            {Transfers.InsertSql}
            returning id, external_id
        )
        insert into cron_service.adjustments
            (correction_id, server_id, account_id, month, from_hour, until_hour, kind, amount, transfer_id, reason, author)
        select @correction_id::bigint, l.server_id, l.account_id, l.month, l.from_hour, l.until_hour,
               case when l.amount < 0 then 'credit_note' when l.amount > 0 then 'supplement' else 'none' end, abs(l.amount), t.id, @reason,
                   @author
        from lines l left join transferred t using (external_id)
        returning id, (select user_id from cron_service.accounts c where c.id = account_id) as user_id, month, from_hour, until_hour, kind,
            amount, transfer_id
        """;

    private const string StoreSql = """
        insert into cron_service.server_months as m (server_id, month, terms_id, seconds_billed, seconds_counted, amount, is_rerated,
            seconds_rerated)
        select w.server_id, w.month, c.terms_id, sum(c.seconds), sum(c.seconds_counted), sum(c.amount), bool_or(c.is_rerated),
            coalesce(sum(c.seconds_counted) filter (where c.is_rerated), 0)
        from (select distinct * from unnest(@server_ids, @months) as w(server_id, month)) w
        cross join lateral cron_service.month_cost(w.server_id, w.month) c
        group by w.server_id, w.month, c.terms_id
        on conflict (server_id, month, terms_id) do update
            set seconds_billed = excluded.seconds_billed, seconds_counted = excluded.seconds_counted,
                amount = excluded.amount, is_rerated = excluded.is_rerated, seconds_rerated = excluded.seconds_rerated
        """;

    // A run continues the stored sums. Two kinds of months need all of their hours: those with hours at corrected prices, and those with
    // several terms of which an earlier hour is charged later, as when it was held, also by another transaction of the same run. Later
    // charges are looked up for each server, since a hash join would read all charges of all time.
    private const string OutOfOrderSql = """
        with charged as (
            select server_id, month, terms_id from month_sums union all select server_id, month, terms_id from run_lines
        ), several as (
            select l.server_id, l.month, min(l.from_hour) as from_hour from run_lines l
            join charged c on c.server_id = l.server_id and c.month = l.month and c.terms_id <> l.terms_id
            group by l.server_id, l.month
        ), months as (
            select l.server_id, l.month from run_lines l join month_sums m using (server_id, month) where m.is_rerated
            union
            select s.server_id, s.month from several s cross join lateral (
                select from cron_service.charges c where c.server_id = s.server_id
                    and c.hour_start > s.from_hour and c.hour_start < s.month + interval '1 month'
                    and (c.run_id <> @run_id or not exists (select from run_lines r where r.server_id = c.server_id
                        and c.hour_start >= r.from_hour and c.hour_start < r.until_hour)) limit 1) as later
        )
        select server_id, month, account_id, min(from_hour) as from_hour, max(until_hour) as until_hour
        from run_lines join months using (server_id, month) group by server_id, month, account_id
        """;

    /// <summary>Adjusts the months that a run charged and that can't be computed from the stored sums.</summary>
    /// <param name="part">Identifies the transaction within the run.</param>
    public static async Task AdjustRunAsync(NpgsqlConnection connection, long runId, string part, CancellationToken ct)
    {
        var spans = await connection.QueryLongAsync<Span>(OutOfOrderSql, ct, ("run_id", runId));
        if (spans.Count > 0)
            await AdjustAsync(connection, spans, null, runId, FormattableString.Invariant($"month:{runId}.{part}"),
                "Hours were charged out of their order.", "billing run", ct);
    }

    /// <summary>Posts the differences of corrected hours.</summary>
    public static Task<List<Adjustment>> AdjustCorrectedAsync(
        NpgsqlConnection connection, List<Span> spans, long correctionId, Correction correction, CancellationToken ct) =>
        AdjustAsync(connection, spans, correctionId, null, $"correction:{correctionId}", correction.Reason, correction.Author, ct);

    private static async Task<List<Adjustment>> AdjustAsync(
        NpgsqlConnection connection, List<Span> spans, long? correctionId, long? runId, string cause, string reason, string author,
            CancellationToken ct)
    {
        (string, object?)[] months =
        [
            ("server_ids", spans.ConvertAll(span => span.ServerId).ToArray()), ("months", spans.ConvertAll(span => span.Month).ToArray()),
        ];
        var adjustments = await connection.QueryLongAsync<Adjustment>(AdjustSql, ct,
        [
            .. months, ("account_ids", spans.ConvertAll(span => span.AccountId).ToArray()),
            ("from_hours", spans.ConvertAll(span => span.FromHour).ToArray()),
            ("until_hours", spans.ConvertAll(span => span.UntilHour).ToArray()),
            ("correction_id", correctionId), ("run_id", runId), ("cause", cause), ("reason", reason), ("author", author),
        ]);
        await connection.ExecuteLongAsync(StoreSql, ct, months);
        return [.. adjustments.OrderBy(adjustment => adjustment.Id)];
    }

    /// <summary>Hours of a server, month and payer that were charged or corrected.</summary>
    public sealed record Span(int ServerId, DateTime Month, long AccountId, DateTime FromHour, DateTime UntilHour);
}
