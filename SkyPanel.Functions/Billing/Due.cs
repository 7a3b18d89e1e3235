namespace SkyPanel.Functions.Billing;

/// <summary>Selects the due hours, a row per server and window, into the table <c>due</c>: step 1 of a charge.</summary>
public static class Due
{
    private const string DropSql = "drop table if exists pg_temp.due";

    // Hours of a server that no run has compared with the panel's yet may be billed already: its problem may have ended since. Without a
    // row nothing is compared. Forecasts and replays charge nothing.
    private const string OursSql = """
        and (not @is_charge or e.taken_over_at is not null or e.enrolment_id is null
                  or not exists (select from cron_service.jobs where job = 'hourly-billing' and taken_over_at is not null))
        """;

    // A server stops at the first hour of an account with an open hold, so that its hours are charged in order. If they take several
    // transactions, approved hours come first.
    private const string SelectSql = $"""
        create temporary table due on commit drop as
        with waiting as (
            select t.server_id, min(greatest(t.effective_from, e.billed_until)) as from_hour
            from (select server_id, account_id, effective_from,
                         lead(effective_from, 1, 'infinity') over (partition by server_id order by effective_from) as effective_until
                  from cron_service.terms where server_id in (
                      select server_id from cron_service.terms where account_id = any(@waiting_accounts))) as t
            join cron_service.enrolments e using (server_id)
            where t.account_id = any(@waiting_accounts) and t.effective_until > e.billed_until
            group by t.server_id
        ), windows as not materialized (
            select e.server_id, e.billed_from, e.billed_until as from_hour,
                   least(@cutoff, date_trunc('hour', u.seen_until, 'UTC'), w.from_hour) as until_hour,
                   null::bigint as hold_id, coalesce(a.id, 0) as account_id
            from cron_service.enrolments e
            join cron_service.uptime u on u.server_id = e.server_id and u.is_current
            left join cron_service.accounts a on a.user_id = e.user_id
            left join waiting w on w.server_id = e.server_id
            where not @only_approved and e.problem is null and exists (select from cron_service.terms t where t.server_id = e.server_id)
              {OursSql}
            union all
            select s.server_id, e.billed_from, s.charged_until, least(s.until_hour, date_trunc('hour', u.seen_until, 'UTC')), s.hold_id,
                   coalesce(s.account_id, 0)
            from cron_service.hold_spans s
            join cron_service.holds h on h.id = s.hold_id and h.state = 'approved'
            join cron_service.enrolments e on e.server_id = s.server_id
            join cron_service.uptime u on u.server_id = s.server_id and u.is_current
            where exists (select from cron_service.terms t where t.server_id = s.server_id)
        )
        select server_id, billed_from, from_hour, least(until_hour, from_hour + @hours_per_server * interval '1 hour') as until_hour,
               hold_id, account_id,
               until_hour > from_hour + @hours_per_server * interval '1 hour' or @is_split and hold_id is not null as is_cut,
               hold_id is null and exists (select from cron_service.hold_spans s where s.server_id = w.server_id
                   and s.until_hour > w.from_hour) as has_holds
        from windows w
        where from_hour < until_hour and account_id between @first_account and @last_account
          and not (@is_split and hold_id is null and exists (
              select from windows h where h.server_id = w.server_id and h.hold_id is not null and h.from_hour < h.until_hour))
        """;

    private const string AnalyzeSql = "analyze due";
    private const string IsCutSql = "select exists (select from due where is_cut)";

    /// <summary>Selects undecided hours before the cutoff, and approved hours.</summary>
    /// <param name="waitingAccounts">Accounts with an open hold.</param>
    /// <param name="isOnlyApproved">Whether only approved hours are due, as a whole run is held.</param>
    /// <param name="inputs">The tables that are read; null for those of production.</param>
    public static async Task SelectAsync(
        NpgsqlConnection connection, DateTimeOffset cutoff, long[] waitingAccounts, bool isOnlyApproved, Portion portion,
        CancellationToken ct, ChargeInputs? inputs = null)
    {
        await connection.ExecuteLongAsync(DropSql, ct);
        await connection.ExecuteLongAsync(ChargeInputs.Named(inputs, SelectSql), ct, ("cutoff", cutoff.UtcDateTime),
            ("waiting_accounts", waitingAccounts), ("only_approved", isOnlyApproved),
            ("first_account", portion.First), ("last_account", portion.Last), ("hours_per_server", portion.HoursPerServer ?? 1_000_000),
            ("is_split", portion.HoursPerServer is not null), ("is_charge", inputs is null));
        await connection.ExecuteLongAsync(AnalyzeSql, ct);
    }

    /// <returns>Whether a window was shortened, so that the portion has more due hours.</returns>
    public static Task<bool> IsCutAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ScalarLongAsync<bool>(IsCutSql, ct);
}
