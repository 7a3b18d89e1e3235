using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Billing;

/// <summary>Posts repairs of what the panel's own engine took: one credit note or supplement per customer, within the bounds of a
/// run.</summary>
public sealed class PanelRepairs(BoundedCorrections bounds, Debits debits)
{
    private const string HeldSql = """
        select h.id from cron_service.repairs r join cron_service.holds h on h.id = r.hold_id
        where r.account_id = @account_id and h.state in ('open', 'approved')
        """;

    private const string HoldSql = """
        insert into cron_service.holds (scope, from_hour, until_hour, hours, amount, reason)
        select 'correction', min(month), max(month) + interval '1 month', 0, @amount, @held_because from unnest(@months) as month
        returning id
        """;

    private const string StoreSql = """
        with made as (
            insert into cron_service.repairs (account_id, kind, amount, hold_id, reason, author)
            values (@account_id, @kind, @amount, @hold_id::bigint, @reason, @author) returning id
        ), lines as (
            insert into cron_service.repair_lines (repair_id, server_id, month, taken_amount, exact_amount)
            select made.id, l.* from made, unnest(@server_ids, @months, @taken, @exact) as l
        )
        select id from made
        """;

    private const string TransferSql = $"""
        with postings as (
            select r.kind, case r.kind when 'supplement' then r.account_id else a.id end as from_account_id,
                   case r.kind when 'supplement' then a.id else r.account_id end as to_account_id, r.amount,
                   'repair:' || r.id as external_id, null::bigint as run_id,
                   (select least(now(), max(l.month) + interval '1 month') from cron_service.repair_lines l
                    where l.repair_id = r.id) as effective_at
            from cron_service.repairs r, cron_service.accounts a
            where a.kind = 'revenue' and r.kind <> 'none' and (r.id = @id::bigint or r.hold_id = @hold_id::bigint)
        )
        {Transfers.InsertSql}
        returning id
        """;

    private const string ApprovedSql = """
        update cron_service.holds h set state = 'charged' from cron_service.repairs r
        where h.id = @hold_id and h.state = 'approved' and r.hold_id = h.id returning r.account_id
        """;

    /// <summary>Returns the hold of an earlier repair of the account that waits for an admin; null without one.</summary>
    public static Task<long?> WaitingAsync(NpgsqlConnection connection, long accountId, CancellationToken ct) =>
        connection.FindAsync<long?>(HeldSql, ct, ("account_id", accountId));

    /// <summary>Posts a repair, or holds it when its supplement exceeds a bound, under <see cref="ChargeLocks"/>.</summary>
    public async Task<PostedRepair> PostAsync(NpgsqlConnection connection, PanelRepair repair, CancellationToken ct)
    {
        var amount = repair.Lines.Sum(line => line.Taken - line.Exact);
        var kind = amount > 0 ? CorrectionKind.CreditNote : amount < 0 ? CorrectionKind.Supplement : CorrectionKind.None;
        var heldBecause = amount < 0 ? await bounds.HeldBecauseAsync(connection, [(repair.UserId, -amount)], ct) : null;
        (string, object?)[] parameters =
        [
            ("account_id", repair.AccountId), ("kind", kind.Text()), ("amount", Math.Abs(amount)), ("reason", repair.Reason),
            ("author", repair.Author), ("server_ids", repair.Lines.Select(line => line.ServerId).ToArray()),
            ("months", repair.Lines.Select(line => line.Month).ToArray()),
            ("taken", repair.Lines.Select(line => line.Taken).ToArray()), ("exact", repair.Lines.Select(line => line.Exact).ToArray()),
        ];
        long? holdId = heldBecause is null ? null : await connection.ScalarAsync<long>(HoldSql, ct, [.. parameters,
            ("held_because", $"repair of user {repair.UserId} by {repair.Author} ({repair.Reason}): {heldBecause}")]);
        var id = await connection.ScalarAsync<long>(StoreSql, ct, [.. parameters, ("hold_id", holdId)]);
        var transferId = holdId is null ? await TransferAsync(connection, repair.AccountId, id, null, ct) : null;
        return new(id, kind, Math.Abs(amount), transferId, holdId, heldBecause);
    }

    /// <summary>Posts the repair of an approved hold as it was computed.</summary>
    /// <returns>False when the hold is not an approved hold of a repair.</returns>
    public async Task<bool> PostApprovedAsync(NpgsqlConnection connection, long holdId, CancellationToken ct)
    {
        if (await connection.FindAsync<long?>(ApprovedSql, ct, ("hold_id", holdId)) is not { } accountId)
            return false;
        await TransferAsync(connection, accountId, null, holdId, ct);
        return true;
    }

    // Also opens a debit, as a supplement may make a whole token due.
    private async Task<long?> TransferAsync(NpgsqlConnection connection, long accountId, long? id, long? holdId, CancellationToken ct)
    {
        var transfer = await connection.FindAsync<long?>(TransferSql, ct, ("id", id), ("hold_id", holdId));
        await debits.OpenAsync(connection, accountId, ct);
        return transfer;
    }
}

/// <summary>A repair of a customer.</summary>
public sealed record PanelRepair(long AccountId, int UserId, IReadOnlyList<PanelRepairLine> Lines, string Reason, string Author);

/// <summary>The amount that the panel took for a server in a month, and the cost of its hours, minus earlier repairs.</summary>
public sealed record PanelRepairLine(int ServerId, DateTime Month, decimal Taken, decimal Exact);

/// <summary>A stored repair.</summary>
/// <param name="TransferId">Null when it is held or the amount is zero.</param>
public sealed record PostedRepair(long Id, CorrectionKind Kind, decimal Amount, long? TransferId, long? HoldId, string? HeldBecause);
