namespace SkyPanel.Functions.Billing;

/// <summary>Reads the timeline of an account, newest first: transfers with the owed amount after each, and between them top-ups,
/// suspensions and notices.</summary>
public sealed class Timeline(NpgsqlDataSource database)
{
    private const string AccountSql = "select id, owed_amount from cron_service.accounts where user_id = @user_id";

    // Reads both sides by their index, so that all pages cost the same. The owed amount after the first entry is the current one; later
    // pages continue from the amount in their cursor.
    private const string EntriesSql = """
        with moved as (
            (select id, kind, amount, run_id, created_at, external_id, amount as change from cron_service.transfers
             where from_account_id = @account_id and id < @before_id order by id desc limit @limit)
            union all
            (select id, kind, amount, run_id, created_at, external_id, -amount from cron_service.transfers
             where to_account_id = @account_id and id < @before_id order by id desc limit @limit)
        ), page as (
            select * from moved order by id desc limit @limit
        )
        select p.id, p.kind, p.created_at as at, p.amount, p.run_id, p.change, d.id as debit_id, d.tokens, d.credit_id,
               coalesce(a.reason, r.reason) as reason, coalesce(a.author, r.author) as author, a.server_id,
               @owed + p.change - sum(p.change) over (order by p.id desc) as owed_after
        from page p
        left join cron_service.debits d on d.id = case when p.kind in ('debit', 'refund') then split_part(p.external_id, ':', 2)::bigint end
        left join lateral (select reason, author, server_id from cron_service.adjustments where transfer_id = p.id
            order by id limit 1) as a on true
        left join cron_service.repairs r on r.id = nullif(split_part(p.external_id, 'repair:', 2), '')::bigint
        order by p.id desc
        """;

    // Events that are not transfers, in the time of the page's entries; on the last page also before the oldest. Their owed amount is that
    // of the entries around them.
    private const string EventsSql = """
        select *, null::bigint as run_id, 0::numeric as owed_after from (
            select x.id, 'suspended' as kind, x.suspended_at as at, 0::numeric as amount, null::bigint as debit_id, null::bigint as tokens,
                null::text as credit_id,
                   x.server_id, x.reason, x.ordered_by as author
            from cron_service.suspensions x where x.account_id = @account_id and x.suspended_at is not null
            union all
            select x.id, 'resumed', x.resumed_at, 0, null, null, null, x.server_id, x.resume_reason, x.resumed_by
            from cron_service.suspensions x where x.account_id = @account_id and x.resumed_at is not null and x.suspended_at is not null
            union all
            select d.top_up_id, case d.kind when 'grant' then 'top_up' else d.kind end, d.settled_at, d.amount, d.id, d.tokens, d.credit_id,
                null, null, d.decided_by
            from cron_service.debits d where d.account_id = @account_id and d.state = 'settled' and d.kind in ('grant', 'claw_back')
            union all
            select n.id, 'notice', n.created_at, 0, null, null, null, null,
                   replace(n.cause, '_', ' ') || case when n.silenced_reason is null then '' else ', not sent: ' || n.silenced_reason end,
                       null
            from cron_service.notices n where n.account_id = @account_id
        ) as events where at >= @from::timestamptz and at < @until::timestamptz order by at desc
        """;

    private const string WrittenAtSql = "select created_at from cron_service.transfers where id = @id";

    /// <returns>Null when the user has no account.</returns>
    public async Task<TimelinePage?> ReadAsync(int userId, TimelineQuery query, CancellationToken ct)
    {
        var accounts = await database.QueryAsync(AccountSql, row => (Id: row.Get<long>("id"), Owed: row.Get<decimal>("owed_amount")), ct,
            ("user_id", userId));
        if (accounts is not [var account])
            return null;

        var cursor = query.Cursor?.Split('_');
        var owed = cursor is null ? account.Owed : decimal.Parse(cursor[0], NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture);
        var rows = await database.QueryAsync<Moved>(EntriesSql, ct, ("account_id", account.Id), ("owed", owed),
            ("before_id", cursor is null ? long.MaxValue : long.Parse(cursor[1], NumberStyles.None, CultureInfo.InvariantCulture)),
                ("limit", query.Limit));
        var entries = rows.ConvertAll(row => row.Entry);
        var isLast = rows.Count < query.Limit;
        var until = cursor is null ? DateTime.MaxValue : await database.FindAsync<DateTime?>(WrittenAtSql, ct,
            ("id", long.Parse(cursor[1], NumberStyles.None, CultureInfo.InvariantCulture))) ?? DateTime.MaxValue;
        var events = await database.QueryAsync<TimelineEntry>(EventsSql, ct, ("account_id", account.Id), ("until", Utc(until)),
            ("from", Utc(isLast ? DateTime.MinValue : rows[^1].Entry.At)));
        return new(userId, Merged(entries, events, entries.Count > 0 ? entries[^1].OwedAfter : owed), rows.Count < query.Limit ? null
            : string.Create(CultureInfo.InvariantCulture, $"{rows[^1].Entry.OwedAfter - rows[^1].Change}_{rows[^1].Entry.Id}"));
    }

    // The owed amount at an event is that after the entry before it.
    private static List<TimelineEntry> Merged(List<TimelineEntry> entries, List<TimelineEntry> events, decimal owedBefore)
    {
        var merged = entries.Select(entry => (Entry: entry, IsEvent: false)).Concat(events.Select(entry => (Entry: entry, IsEvent: true)))
            .OrderByDescending(one => one.Entry.At).ToList();
        for (var index = merged.Count - 1; index >= 0; index--)
        {
            if (merged[index].IsEvent)
                merged[index] = (merged[index].Entry with { OwedAfter = owedBefore }, true);
            owedBefore = merged[index].Entry.OwedAfter;
        }
        return [.. merged.Select(one => one.Entry)];
    }

    private static DateTime Utc(DateTime instant) => DateTime.SpecifyKind(instant, DateTimeKind.Utc);

    private sealed record Moved(TimelineEntry Entry, decimal Change);
}

/// <summary>An entry of an account's timeline.</summary>
/// <param name="Id">The number of the transfer, suspension, notice or top-up.</param>
/// <param name="Amount">Currency units, positive: charges and supplements raise the owed amount, debits and credit notes lower it.</param>
/// <param name="RunId">The run that charged it; null for others.</param>
/// <param name="CreditId">VirtFusion's id of the credit, when it answered with one.</param>
/// <param name="ServerId">The server that a correction is about.</param>
/// <param name="Reason">The reason of a correction, suspension or resumption; the cause of a notice.</param>
/// <param name="OwedAfter">The owed amount after it, in currency units, an open debit included.</param>
public sealed record TimelineEntry(
    long Id, [property: AllowedValues("charge", "debit", "refund", "credit_note", "supplement", "dns_renewal", "top_up", "claw_back",
        "suspended", "resumed", "notice")] string Kind, DateTime At, decimal Amount, long? RunId,
    long? DebitId, long? Tokens, string? CreditId, int? ServerId, string? Reason, string? Author, decimal OwedAfter);
