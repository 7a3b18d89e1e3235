namespace SkyPanel.Functions.Billing;

/// <summary>Writes holds with their spans from two temporary tables: <c>to_hold</c> (subjects and reasons) and <c>to_hold_spans</c>
/// (hours).</summary>
public static class HoldOpening
{
    // The subject is the id of a server or an account, by the scope; 0 for a run.
    private const string BeginSql = """
        drop table if exists pg_temp.to_hold, pg_temp.to_hold_spans;
        create temporary table to_hold (subject bigint primary key, amount numeric(18, 6), reason text not null) on commit drop;
        create temporary table to_hold_spans (subject bigint not null, server_id integer not null, account_id bigint,
            from_hour timestamptz not null, until_hour timestamptz not null)
            on commit drop
        """;

    private const string OpenSql = """
        with sums as (
            select subject, min(from_hour) as from_hour, max(until_hour) as until_hour,
                   sum(extract(epoch from until_hour - from_hour) / 3600) as hours
            from to_hold_spans group by subject
        ), opened as (
            insert into cron_service.holds (scope, server_id, account_id, from_hour, until_hour, hours, amount, reason, opened_by_run_id)
            select @scope, case @scope when 'server' then subject end, case @scope when 'account' then subject end, s.from_hour,
                   s.until_hour,
                   least(s.hours, 2147483647)::integer, h.amount, h.reason, @run_id
            from sums s join to_hold h using (subject) order by subject
            returning id, coalesce(server_id, account_id, 0) as subject, hours, amount, reason
        ), written as (
            insert into cron_service.hold_spans (hold_id, server_id, account_id, from_hour, until_hour, charged_until)
            select o.id, s.server_id, s.account_id, s.from_hour, s.until_hour, s.from_hour
            from to_hold_spans s join opened o using (subject)
        )
        select o.id, o.subject, a.user_id, o.hours, o.amount, o.reason
        from opened o left join cron_service.accounts a on @scope = 'account' and a.id = o.subject order by o.id
        """;

    /// <summary>Creates the two tables.</summary>
    public static Task BeginAsync(NpgsqlConnection connection, CancellationToken ct) => connection.ExecuteLongAsync(BeginSql, ct);

    /// <summary>Opens a hold for each subject with spans, under <see cref="ChargeLocks"/>.</summary>
    /// <param name="scope"><c>server</c>, <c>account</c> or <c>run</c>.</param>
    public static Task<List<OpenedHold>> OpenAsync(NpgsqlConnection connection, string scope, long runId, CancellationToken ct) =>
        connection.QueryLongAsync<OpenedHold>(OpenSql, ct, ("scope", scope), ("run_id", runId));
}

/// <summary>A new hold.</summary>
/// <param name="Subject">The server or account that is held; 0 for a run.</param>
public sealed record OpenedHold(long Id, long Subject, int? UserId, int Hours, decimal? Amount, string Reason);
