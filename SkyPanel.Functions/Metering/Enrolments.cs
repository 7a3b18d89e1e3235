using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Metering;

/// <summary>Updates our copy of the panel's enrolments: the enrolled servers, the time from which we bill them, and their
/// problems.</summary>
public sealed class Enrolments(IOptions<MeteringOptions> options)
{
    // Unchanged rows are not written. BilledFrom then reads the time from which a new one is billed.
    private const string RefreshSql = """
        with panel as (
            select b.virtfusion_server_id as server_id, b.id::text as enrolment_id, b.user_id,
                coalesce(b.billing_enabled, true) as billing_enabled,
                   b.monthly_price, b.hourly_rate, coalesce(b.hours_in_month, @hours_per_month) as basis_hours, b.package_id,
                   e.problem as known_problem,
                   (e.enrolment_id, e.user_id, e.billing_enabled, e.monthly_price, e.hourly_rate, e.basis_hours,
                   e.package_id) is not distinct from
                   (b.id::text, b.user_id, coalesce(b.billing_enabled, true), b.monthly_price, b.hourly_rate,
                   coalesce(b.hours_in_month, @hours_per_month), b.package_id) as is_known
            from public.virtfusion_hourly_billing b left join cron_service.enrolments e on e.server_id = b.virtfusion_server_id
            where b.virtfusion_server_id is not null
        ), picked as (
            select distinct on (server_id) *, count(*) filter (where billing_enabled) over (
                partition by server_id order by billing_enabled desc, length(enrolment_id), enrolment_id
                rows between unbounded preceding and unbounded following) as times_enabled
            from panel order by server_id, billing_enabled desc, length(enrolment_id), enrolment_id
        ), judged as (
            select p.*, case
                when times_enabled > 1 then 'is enrolled ' || times_enabled || ' times: leave one row of virtfusion_hourly_billing enabled'
                when u.id is null then 'has no owner: user ' || coalesce(p.user_id::text, 'null') || ' does not exist'
                when monthly_price < 0 then 'monthly_price ' || monthly_price || ' is negative'
                when monthly_price > @max_monthly_price then 'monthly_price ' || monthly_price || ' is above ' || @max_monthly_price
                    || ' (Metering:MaxMonthlyPrice)'
                when monthly_price is null and hourly_rate < 0 then 'hourly_rate ' || hourly_rate || ' is negative'
                when monthly_price is null and hourly_rate * 730 > @max_monthly_price then 'hourly_rate ' || hourly_rate || ' is absurd'
                when monthly_price is null and coalesce(hourly_rate, 0) = 0 then 'has neither a monthly_price nor an hourly_rate'
                when basis_hours not between 1 and 744 then 'hours_in_month ' || basis_hours || ' is not within 1 to 744'
                when known_problem like 'belongs to VirtFusion user %' or known_problem like '% is in the future' then known_problem
                end as problem
            from picked p
            left join public.users u on u.id = p.user_id
        )
        insert into cron_service.enrolments as e
            (server_id, enrolment_id, user_id, billing_enabled, monthly_price, hourly_rate, basis_hours, package_id, billed_from,
            billed_until, problem)
        select server_id, enrolment_id, user_id, billing_enabled, monthly_price, hourly_rate, basis_hours, package_id,
               'infinity', 'infinity', problem
        from judged j
        where not is_known or problem is distinct from known_problem
        on conflict (server_id) do update
            set (enrolment_id, user_id, billing_enabled, monthly_price, hourly_rate, basis_hours, package_id, problem, row_lost_at) =
                (excluded.enrolment_id, excluded.user_id, excluded.billing_enabled, excluded.monthly_price, excluded.hourly_rate,
                 excluded.basis_hours, excluded.package_id, excluded.problem,
                 case when e.enrolment_id <> excluded.enrolment_id and e.billed_from < 'infinity' then @recorded_at else e.row_lost_at end)
        """;

    // An enrolment that the panel removed stays here, switched off, until its last hours are decided.
    private const string RemoveSql = """
        update cron_service.enrolments e set enrolment_id = null, billing_enabled = false, row_lost_at = @recorded_at
        where enrolment_id is not null
          and not exists (select from public.virtfusion_hourly_billing b where b.virtfusion_server_id = e.server_id)
        """;

    // Compared with the owners of this reading, so that a corrected owner counts at once. A user without an id in VirtFusion may be any
    // owner but another user. The problem of a removed row stays: its waiting hours become a hold for that reason.
    private const string OwnersSql = """
        update cron_service.enrolments e set problem = j.problem
        from (select e.server_id, case when u.virtfusion_id <> e.virtfusion_owner_id or o.id is not null then
                  'belongs to VirtFusion user ' || e.virtfusion_owner_id || ', but user ' || e.user_id
                      || ' of its enrolment is ' || coalesce('VirtFusion user ' || u.virtfusion_id, 'none') end as problem
              from cron_service.enrolments e join public.users u on u.id = e.user_id
              left join public.users o on u.virtfusion_id is null and o.virtfusion_id = e.virtfusion_owner_id
              where u.virtfusion_id <> e.virtfusion_owner_id or o.id is not null or e.problem is not null) as j
        where j.server_id = e.server_id and (e.problem is null or e.problem like 'belongs to VirtFusion user %')
            and e.problem is distinct from j.problem
          and (e.enrolment_id is not null or e.problem is null)
        """;

    private const string AccountsSql = """
        insert into cron_service.accounts (kind, user_id)
        select distinct 'customer', user_id from cron_service.enrolments e
        where problem is null and user_id is not null
          and not exists (select from cron_service.accounts a where a.user_id = e.user_id)
        on conflict (user_id) do nothing
        """;

    /// <summary>The problem of <c>cron_service.enrolments e</c> as a clause of a sentence: some name their subject, others are about
    /// the server.</summary>
    public const string ProblemClauseSql = @"regexp_replace(e.problem, '^(is|has|belongs) ', 'it \1 ')";

    // The hours of a removed or switched off row are in no hold before the hour of its last one has ended.
    private const string ProblemsSql = $"""
        select e.server_id, case when e.billing_enabled and e.enrolment_id is not null then e.problem
            else 'has hours that still waited when its enrolment was removed or switched off: ' || {ProblemClauseSql}
                || '; they are held once the hour has ended' end as problem
        from cron_service.enrolments e
        left join cron_service.uptime c on c.server_id = e.server_id and c.is_current
        where e.problem is not null and (e.billing_enabled and e.enrolment_id is not null
            or c.started_at > date_trunc('hour', c.seen_until, 'UTC') and exists (
                select from cron_service.uptime u where u.server_id = e.server_id and u.is_billable and u.seen_until > e.billed_until))
        order by e.server_id
        """;

    /// <summary>Reads the panel's enrolments into ours, inside the caller's transaction.</summary>
    /// <param name="recordedAt">The current time of the database's clock.</param>
    /// <param name="hoursPerMonth">The stored basis for rows without their own; 1 to 744.</param>
    public async Task RefreshAsync(NpgsqlConnection connection, DateTimeOffset recordedAt, int hoursPerMonth, CancellationToken ct)
    {
        var recorded = ("recorded_at", (object?)recordedAt.UtcDateTime);
        await connection.ExecuteAsync(RefreshSql, ct, ("hours_per_month", hoursPerMonth),
            ("max_monthly_price", (decimal)options.Value.MaxMonthlyPrice), recorded);
        await connection.ExecuteAsync(RemoveSql, ct, recorded);
        await BilledFrom.ReadAsync(connection, recordedAt, options.Value.FirstHourPrepaid, ct);
    }

    /// <summary>Compares owners with those in VirtFusion and opens accounts of customers who will pay, in the caller's
    /// transaction.</summary>
    public static async Task CheckOwnersAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await connection.ExecuteAsync(OwnersSql, ct);
        await connection.ExecuteAsync(AccountsSql, ct);
    }

    /// <summary>Returns lines for enrolments that can't be billed: their hours wait until the problem is fixed.</summary>
    public static Task<List<RunError>> ProblemsAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.QueryAsync(ProblemsSql, row => RunError.OfData(row.Get<string>("problem"), row.Get<int>("server_id")), ct);
}
