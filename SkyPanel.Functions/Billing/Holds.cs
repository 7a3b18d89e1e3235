using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Billing;

/// <summary>A decision about held hours.</summary>
public enum HoldAction
{
    /// <summary>The next run charges the hours.</summary>
    Approve,

    /// <summary>The hours are never charged.</summary>
    Reject,

    /// <summary>Takes an approval back before any of its hours is charged.</summary>
    Withdraw,
}

/// <summary>Lists holds and decides about them, with a reason.</summary>
public sealed class Holds(NpgsqlDataSource database)
{
    private static readonly HoldFilter Any = new(null, null, null, null, null, null);

    // The hold of a server names its payer unless it has several, that of a run none.
    private const string ListSql = $"""
        select h.id, h.scope, coalesce(h.server_id, k.server_id) as server_id, a.user_id,
               {CustomerName.Sql} as user_name, h.from_hour, h.until_hour, h.hours, h.amount, h.reason,
               h.state, h.opened_by_run_id, h.closed_by_run_id, h.decided_by, h.decided_at, h.decision_reason, h.created_at
        from cron_service.holds h
        left join cron_service.held_corrections k on k.hold_id = h.id
        left join cron_service.repairs r on r.hold_id = h.id
        left join lateral (
            select case when min(s.account_id) = max(s.account_id) then min(s.account_id) end as account_id from cron_service.hold_spans s
            where s.hold_id = h.id and h.scope = 'server') as s on true
        left join cron_service.accounts a on a.id = coalesce(h.account_id, s.account_id, r.account_id)
        left join public.users u on u.id = a.user_id
        where (@id::bigint is null or h.id = @id) and (@after_id::bigint is null or h.id > @after_id) and {HoldFilter.Condition}
        order by h.id limit @limit
        """;

    // The hold of a server without any price can't be approved; hours of an account or a run wait until they have a price.
    private const string DecideSql = $"""
        update cron_service.holds h set state = @to, decided_by = @decided_by, decided_at = now(), decision_reason = @reason
        where id = @id and state = @from
          and not (@from = 'approved' and exists (select from cron_service.hold_spans s
              where s.hold_id = h.id and s.charged_until > s.from_hour))
          and (@to <> 'approved' or {HoldFilter.IsApprovable})
        """;

    private const string DecideAllSql = $"""
        update cron_service.holds h set state = @to, decided_by = @decided_by, decided_at = now(), decision_reason = @reason
        where {HoldFilter.IsRejectable} and {HoldFilter.Condition} and (@to <> 'approved' or {HoldFilter.IsApprovable})
        """;

    /// <summary>Reads a page of holds by their number.</summary>
    /// <param name="afterId">The last hold of the page before; null for the first page.</param>
    public Task<List<Hold>> ListAsync(HoldFilter filter, long? afterId, int limit, CancellationToken ct) =>
        database.QueryAsync<Hold>(ListSql, ct, [.. filter.Parameters, ("id", null), ("after_id", afterId), ("limit", limit)]);

    /// <summary>Decides about every matching open hold except corrections, in the caller's transaction.</summary>
    /// <returns>The number of decided holds.</returns>
    public static async Task<int> DecideAllAsync(NpgsqlConnection connection, HoldFilter filter, bool isApproved, string decidedBy,
        string reason, CancellationToken ct)
    {
        await ChargeLocks.TakeAsync(connection, ct);
        return await connection.ExecuteAsync(DecideAllSql, ct,
            [.. filter.Parameters, ("to", (isApproved ? HoldState.Approved : HoldState.Rejected).Text()),
                ("decided_by", decidedBy), ("reason", reason)]);
    }

    /// <summary>Decides in the caller's transaction.</summary>
    /// <returns>Whether it was decided, and the hold now; null when it doesn't exist.</returns>
    public static async Task<(bool IsDecided, Hold Hold)?> DecideAsync(
        NpgsqlConnection connection, long id, HoldAction act, string decidedBy, string reason, CancellationToken ct)
    {
        await ChargeLocks.TakeAsync(connection, ct);
        var (from, to) = act switch
        {
            HoldAction.Approve => (HoldState.Open, HoldState.Approved),
            HoldAction.Reject => (HoldState.Open, HoldState.Rejected),
            _ => (HoldState.Approved, HoldState.Open),
        };
        var decided = await connection.ExecuteAsync(DecideSql, ct, ("id", id), ("from", from.Text()), ("to", to.Text()),
            ("decided_by", decidedBy), ("reason", reason));
        return await connection.FindAsync<Hold>(ListSql, ct, [.. Any.Parameters, ("id", id), ("after_id", null), ("limit", 1)])
            is { } hold ? (decided == 1, hold) : null;
    }
}

/// <summary>Hours, or a supplement, that wait for a person.</summary>
/// <param name="Scope"><c>server</c>, <c>account</c>, <c>run</c>, or <c>correction</c>: a supplement of a correction or a repair, which an
/// admin decides about.</param>
/// <param name="UserId">The payer; null for several.</param>
/// <param name="UserName">The name in the panel.</param>
/// <param name="Amount">The cost in currency units; for a server before the monthly cap.</param>
/// <param name="State"><c>approved</c>: the next run charges it; <c>rejected</c>: it is never charged.</param>
public sealed record Hold(
    long Id, HoldScope Scope, int? ServerId, int? UserId, string? UserName,
    DateTime FromHour, DateTime UntilHour, int Hours,
    decimal? Amount, string Reason, HoldState State, long? OpenedByRunId,
    long? ClosedByRunId, string? DecidedBy, DateTime? DecidedAt, string? DecisionReason, DateTime CreatedAt);
