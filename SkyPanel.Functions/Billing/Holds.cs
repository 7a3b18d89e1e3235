using System.ComponentModel.DataAnnotations;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Billing;

/// <summary>What a person decides about hours that were held, with a reason. Approved hours are charged by the next run.</summary>
public sealed class Holds(NpgsqlDataSource database)
{
    private const string ListSql = """
        select h.id, h.scope, h.server_id, a.user_id, h.from_hour, h.until_hour, h.hours, h.amount, h.reason, h.state, h.opened_by_run_id,
               h.closed_by_run_id, h.decided_by, h.decided_at, h.decision_reason, h.created_at
        from cron_service.holds h left join cron_service.accounts a on a.id = h.account_id
        where (@id::bigint is null or h.id = @id::bigint) and (@state::text is null or h.state = @state::text)
        order by h.id
        """;

    private const string DecideSql = """
        update cron_service.holds set state = @state, decided_by = @decided_by, decided_at = now(), decision_reason = @reason
        where id = @id and state = 'open'
        """;

    // A server's held hours are past its billed-until already; those that a rejected account or run pays for are passed over now.
    private const string PassOverSql = """
        update cron_service.enrolments e set billed_until = least(h.until_hour, t.effective_until)
        from cron_service.holds h, (
            select server_id, account_id, effective_from, lead(effective_from, 1, 'infinity') over (partition by server_id order by effective_from) as effective_until
            from cron_service.terms) as t
        where h.id = @id and e.billed_until < h.until_hour and t.server_id = e.server_id and h.scope in ('run', 'account')
          and case h.scope when 'run' then t.effective_until = 'infinity'
                  else t.account_id = h.account_id and t.effective_from <= e.billed_until and t.effective_until > e.billed_until end
        """;

    /// <param name="state"><c>open</c>, <c>approved</c>, <c>rejected</c>, <c>charged</c>; null for all.</param>
    public Task<List<Hold>> ListAsync(long? id, string? state, CancellationToken ct) =>
        database.QueryAsync(ListSql, Read, ct, ("id", id), ("state", state));

    /// <summary>In the caller's transaction.</summary>
    /// <returns>Null when there is no such hold; else the hold now. It was decided when its state is the one asked for.</returns>
    public static async Task<(bool IsDecided, Hold Hold)?> DecideAsync(NpgsqlConnection connection, long id, bool isApproved, string decidedBy, string reason, CancellationToken ct)
    {
        await ChargeLocks.TakeAsync(connection, ct);
        var decided = await connection.ExecuteAsync(DecideSql, ct,
            ("id", id), ("state", isApproved ? "approved" : "rejected"), ("decided_by", decidedBy), ("reason", reason));
        if (decided == 1 && !isApproved)
            await connection.ExecuteAsync(PassOverSql, ct, ("id", id));
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
/// <param name="Scope"><c>server</c>, <c>account</c> or <c>run</c>.</param>
/// <param name="Amount">What they would cost, in currency units; for a server before the monthly cap.</param>
/// <param name="State"><c>open</c>, <c>approved</c> (the next run charges), <c>rejected</c> (never charged) or <c>charged</c>.</param>
public sealed record Hold(
    long Id, [property: AllowedValues("server", "account", "run")] string Scope, int? ServerId, int? UserId, DateTime FromHour, DateTime UntilHour, int Hours,
    decimal? Amount, string Reason, [property: AllowedValues("open", "approved", "rejected", "charged")] string State, long? OpenedByRunId, long? ClosedByRunId,
    string? DecidedBy, DateTime? DecidedAt, string? DecisionReason, DateTime CreatedAt);
