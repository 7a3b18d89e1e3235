using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Billing;

/// <summary>Reads what moved an account: the transfers of the ledger, newest first, each with what was owed after it.</summary>
public sealed class Timeline(NpgsqlDataSource database)
{
    private const string AccountSql = "select id, owed_amount from cron_service.accounts where user_id = @user_id";

    // Both sides by their index, newest first: a page costs the same however long the account's history is. What is owed after
    // the first entry is the account's sum now; a later page goes on from what its cursor carries.
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
        select p.id, p.kind, p.created_at, p.amount, p.run_id, p.change, d.id as debit_id, d.tokens, d.credit_id, a.reason, a.author, a.server_id
        from page p
        left join cron_service.debits d on d.id = case when p.kind in ('debit', 'refund') then split_part(p.external_id, ':', 2)::bigint end
        left join lateral (select reason, author, server_id from cron_service.adjustments where transfer_id = p.id order by id limit 1) as a on true
        order by p.id desc
        """;

    /// <returns>Null when the user has no account.</returns>
    public async Task<TimelinePage?> ReadAsync(int userId, TimelineQuery query, CancellationToken ct)
    {
        var accounts = await database.QueryAsync(AccountSql, row => (Id: row.GetInt64(0), Owed: row.GetDecimal(1)), ct, ("user_id", userId));
        if (accounts is not [var account])
            return null;

        var cursor = query.Cursor?.Split('_');
        var owed = cursor is null ? account.Owed : decimal.Parse(cursor[0], NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var rows = await database.QueryAsync(EntriesSql, row => (Entry: Read(row), Change: row.Get<decimal>("change")), ct, ("account_id", account.Id),
            ("before_id", cursor is null ? long.MaxValue : long.Parse(cursor[1], NumberStyles.None, CultureInfo.InvariantCulture)), ("limit", query.Limit));
        var entries = new List<TimelineEntry>();
        foreach (var (entry, change) in rows)
        {
            entries.Add(entry with { OwedAfter = owed });
            owed -= change;
        }
        return new(userId, entries, rows.Count < query.Limit ? null : string.Create(CultureInfo.InvariantCulture, $"{owed}_{rows[^1].Entry.Id}"));
    }

    private static TimelineEntry Read(NpgsqlDataReader row) => new(
        row.Get<long>("id"), row.Get<string>("kind"), row.Get<DateTime>("created_at"), row.Get<decimal>("amount"), row.Nullable<long?>("run_id"),
        row.Nullable<long?>("debit_id"), row.Nullable<long?>("tokens"), row.Nullable<string>("credit_id"), row.Nullable<int?>("server_id"),
        row.Nullable<string>("reason"), row.Nullable<string>("author"), 0);
}

/// <summary>A transfer of an account.</summary>
/// <param name="Id">The transfer's number.</param>
/// <param name="Amount">Currency units, positive: charges and supplements raise what is owed, debits and credit notes lower it.</param>
/// <param name="RunId">The run that charged it; null for others.</param>
/// <param name="CreditId">VirtFusion's id of the credit, when it answered with one.</param>
/// <param name="ServerId">The server that a correction is about.</param>
/// <param name="Reason">Why it was corrected.</param>
/// <param name="OwedAfter">What the account owed after it, in currency units, an open debit included.</param>
public sealed record TimelineEntry(
    long Id, [property: AllowedValues("charge", "debit", "refund", "credit_note", "supplement", "top_up")] string Kind, DateTime At, decimal Amount, long? RunId,
    long? DebitId, long? Tokens, string? CreditId, int? ServerId, string? Reason, string? Author, decimal OwedAfter);
