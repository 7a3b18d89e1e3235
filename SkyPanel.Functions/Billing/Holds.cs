using System.ComponentModel.DataAnnotations;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Billing;

/// <summary>What a person decides about held hours.</summary>
public enum HoldAct
{
    /// <summary>The next run charges the hours.</summary>
    Approve,

    /// <summary>The hours are never charged.</summary>
    Reject,

    /// <summary>Takes an approval back, before anything of it is charged.</summary>
    Withdraw,
}

/// <summary>Decides about hours that were held, with a reason: exactly those of the hold's spans.</summary>
public sealed class Holds(NpgsqlDataSource database)
{
    private const string ListSql = """
        select h.id, h.scope, coalesce(h.server_id, k.server_id) as server_id, a.user_id, h.from_hour, h.until_hour, h.hours, h.amount, h.reason, h.state, h.opened_by_run_id,
               h.closed_by_run_id, h.decided_by, h.decided_at, h.decision_reason, h.created_at
        from cron_service.holds h left join cron_service.accounts a on a.id = h.account_id
        left join cron_service.held_corrections k on k.hold_id = h.id
        where (@id::bigint is null or h.id = @id::bigint) and (@state::text is null or h.state = @state::text)
        order by h.id
        """;

    // Hours of a server that nobody ever had a price for can't be charged; those of an account or a run wait until they have one.
    private const string DecideSql = """
        update cron_service.holds h set state = @to, decided_by = @decided_by, decided_at = now(), decision_reason = @reason
        where id = @id and state = @from
          and not (@from = 'approved' and exists (select from cron_service.hold_spans s where s.hold_id = h.id and s.charged_until > s.from_hour))
          and not (@to = 'approved' and scope = 'server' and exists (select from cron_service.hold_spans s where s.hold_id = h.id and s.account_id is null))
        """;

    /// <param name="state"><c>open</c>, <c>approved</c>, <c>rejected</c>, <c>charged</c>; null for all.</param>
    public Task<List<Hold>> ListAsync(long? id, string? state, CancellationToken ct) =>
        database.QueryAsync(ListSql, Read, ct, ("id", id), ("state", state));

    /// <summary>Decides in the caller's transaction.</summary>
    /// <returns>Null when there is no such hold; else the hold now, and whether it was decided.</returns>
    public static async Task<(bool IsDecided, Hold Hold)?> DecideAsync(
        NpgsqlConnection connection, long id, HoldAct act, string decidedBy, string reason, CancellationToken ct)
    {
        await ChargeLocks.TakeAsync(connection, ct);
        var (from, to) = act switch
        {
            HoldAct.Approve => ("open", "approved"),
            HoldAct.Reject => ("open", "rejected"),
            _ => ("approved", "open"),
        };
        var decided = await connection.ExecuteAsync(DecideSql, ct, ("id", id), ("from", from), ("to", to), ("decided_by", decidedBy), ("reason", reason));
        var holds = await connection.QueryAsync(ListSql, Read, ct, ("id", id), ("state", null));
        return holds.Count == 0 ? null : (decided == 1, holds[0]);
    }

    private static Hold Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.Nullable<int?>("server_id"), row.Nullable<int?>("user_id"), row.GetDateTime(4), row.GetDateTime(5),
        row.GetInt32(6), row.Nullable<decimal?>("amount"), row.GetString(8), row.GetString(9), row.Nullable<long?>("opened_by_run_id"),
        row.Nullable<long?>("closed_by_run_id"), row.Nullable<string>("decided_by"), row.Nullable<DateTime?>("decided_at"),
        row.Nullable<string>("decision_reason"), row.GetDateTime(15));
}

/// <summary>Hours that wait for a person.</summary>
/// <param name="Scope"><c>server</c>, <c>account</c>, <c>run</c>, or <c>correction</c>: charged hours whose supplement an admin decides.</param>
/// <param name="Amount">What they would cost, in currency units; for a server before the monthly cap.</param>
/// <param name="State"><c>open</c>, <c>approved</c> (the next run charges), <c>rejected</c> (never charged) or <c>charged</c>.</param>
public sealed record Hold(
    long Id, [property: AllowedValues("server", "account", "run", "correction")] string Scope, int? ServerId, int? UserId, DateTime FromHour, DateTime UntilHour, int Hours,
    decimal? Amount, string Reason, [property: AllowedValues("open", "approved", "rejected", "charged")] string State, long? OpenedByRunId, long? ClosedByRunId,
    string? DecidedBy, DateTime? DecidedAt, string? DecisionReason, DateTime CreatedAt);
