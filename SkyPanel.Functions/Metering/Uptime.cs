namespace SkyPanel.Functions.Metering;

/// <summary>Records observations as spells. Time between two equal observations belongs to a spell; time between different ones is not
/// billed.</summary>
public static class Uptime
{
    // Missing values are 0 instead of null, as the driver boxes each nullable of an array.
    private const string OwnersSql = """
        update cron_service.enrolments e
        set virtfusion_owner_id = coalesce(s.owner_id, e.virtfusion_owner_id),
            virtfusion_created_at = coalesce(s.created_at, e.virtfusion_created_at)
        from (select server_id, nullif(owner_id, 0) as owner_id, to_timestamp(nullif(created_second, 0)) as created_at
              from unnest(@server_ids, @owner_ids, @created_seconds) as u(server_id, owner_id, created_second)) as s
        where e.server_id = s.server_id
          and (coalesce(s.owner_id, e.virtfusion_owner_id), coalesce(s.created_at, e.virtfusion_created_at))
              is distinct from (e.virtfusion_owner_id, e.virtfusion_created_at)
        """;

    // An unchanged state lasted until the beginning of this request. A request that began before the latest one adds nothing; one that ends
    // with it may follow it in the same second, as a look-up after an order does, and shows a change.
    private const string ExtendSql = """
        update cron_service.uptime u
        set seen_until = case when (u.is_existing, u.is_suspended, u.is_built, u.billing_enabled) = (s.is_existing, s.is_suspended,
            s.is_built, s.billing_enabled)
                         then s.began_at else u.seen_until end,
            is_current = (u.is_existing, u.is_suspended, u.is_built, u.billing_enabled) = (s.is_existing, s.is_suspended, s.is_built,
                s.billing_enabled)
        from (select s.*, to_timestamp(s.began_second) as began_at, to_timestamp(s.ended_second) as ended_at, e.billing_enabled
              from unnest(@server_ids, @began_seconds, @ended_seconds, @existing, @suspended, @built)
                   as s(server_id, began_second, ended_second, is_existing, is_suspended, is_built)
              join cron_service.enrolments e using (server_id)) as s
        where u.server_id = s.server_id and u.is_current and (u.seen_until < s.began_at
            or @is_look_up and u.seen_until <= s.ended_at and (u.is_existing, u.is_suspended, u.is_built, u.billing_enabled)
                <> (s.is_existing, s.is_suspended, s.is_built, s.billing_enabled))
        """;

    // A new state lasts from the end of this request, and a change of the panel's switch from when that was read. The very first
    // observation is the take-over: if it is billable, the time since billed-from or, while that is unknown, since the creation counts too.
    // A state that was seen for no second gives way to a look-up of the same second.
    private const string BeginSql = """
        with begun as (
            select s.server_id, s.is_existing, s.is_suspended, s.is_built, e.billing_enabled, e.enrolment_id is not null as is_enrolled,
                   s.is_existing and not s.is_suspended and s.is_built and e.billing_enabled as is_billable,
                   to_timestamp(s.began_second) as began_at, to_timestamp(s.ended_second) as ended_at,
                   (select u.billing_enabled from cron_service.uptime u where u.server_id = s.server_id
                   order by u.started_at desc limit 1) as was_enabled,
                   date_trunc('second', greatest(nullif(e.billed_from, 'infinity'), e.virtfusion_created_at)) as runs_since
            from unnest(@server_ids, @began_seconds, @ended_seconds, @existing, @suspended, @built)
                 as s(server_id, began_second, ended_second, is_existing, is_suspended, is_built)
            join cron_service.enrolments e using (server_id)
            where not exists (select from cron_service.uptime u where u.server_id = s.server_id and u.is_current)
        ), judged as (
            select *, was_enabled is null and is_billable and coalesce(runs_since, '-infinity') < began_at as is_take_over from begun
        ), spells as (
            insert into cron_service.uptime (server_id, started_at, seen_until, is_current, is_existing, is_suspended, is_built,
                billing_enabled, evidence)
            select server_id, from_at, from_at, true, is_existing, is_suspended, is_built, billing_enabled, 'observed'
            from judged cross join lateral (select case when is_take_over then began_at when was_enabled = billing_enabled then ended_at
                                                        else greatest(ended_at, @recorded_at) end as from_at) f
            union all
            select server_id, coalesce(runs_since, '-infinity'), began_at, false, is_existing, is_suspended, is_built, billing_enabled,
                'take-over'
            from judged where is_take_over
            on conflict (server_id, started_at) do update set (is_current, is_existing, is_suspended, is_built, billing_enabled) =
                (true, excluded.is_existing, excluded.is_suspended, excluded.is_built, excluded.billing_enabled)
        )
        select server_id, case when not is_existing then 'gone' when is_suspended then 'suspended' else 'not built' end as state, runs_since
            from judged
        where was_enabled is null and is_enrolled and billing_enabled and runs_since < began_at
            and (not is_existing or is_suspended or not is_built)
        order by server_id
        """;

    // The panel's switch is known without VirtFusion: when it is on again before the next reading, the time between stays unbilled. An
    // anti-join would read every spell.
    private const string SwitchOffSql = """
        with ended as (
            update cron_service.uptime u set is_current = false
            from cron_service.enrolments e
            where u.server_id = e.server_id and u.is_current and u.billing_enabled and not e.billing_enabled and u.seen_until < @recorded_at
            returning u.server_id, u.is_existing, u.is_suspended, u.is_built
        )
        insert into cron_service.uptime (server_id, started_at, seen_until, is_current, is_existing, is_suspended, is_built,
            billing_enabled, evidence)
        select server_id, @recorded_at, @recorded_at, true, is_existing, is_suspended, is_built, false, 'observed' from ended;
        update cron_service.enrolments e set billed_from = @recorded_at
        where not e.billing_enabled and e.billed_from < @recorded_at
          and (select u.server_id from cron_service.uptime u where u.server_id = e.server_id limit 1) is null
        """;

    // The first observation is a reading's. A look-up doesn't show the panel's switch: if that has changed, only the next reading shows
    // what was billable.
    private const string MayLookUpSql = """
        select exists (select from cron_service.uptime u where u.server_id = e.server_id) and (@is_suspended or exists (
            select from public.virtfusion_hourly_billing b where b.virtfusion_server_id = e.server_id and b.id::text = e.enrolment_id
                and coalesce(b.billing_enabled, true) = e.billing_enabled))
        from cron_service.enrolments e where e.server_id = @server_id
        """;

    /// <summary>Adds one reading of VirtFusion, inside the caller's transaction.</summary>
    /// <param name="recordedAt">The time at which the panel's rows were read, in whole seconds.</param>
    /// <returns>A note for each server that was not billable when first seen: its time before is not billed.</returns>
    public static Task<List<string>> ObserveAsync(
        NpgsqlConnection connection, DateTimeOffset recordedAt, IReadOnlyList<ServerState> states, CancellationToken ct) =>
        ObserveAsync(connection, recordedAt, states, isLookUp: false, ct);

    /// <summary>Adds what a look-up of one server showed between two readings, inside the caller's transaction.</summary>
    public static async Task LookUpAsync(NpgsqlConnection connection, ServerState state, CancellationToken ct)
    {
        if (await connection.FindAsync<bool>(MayLookUpSql, ct, ("server_id", state.ServerId), ("is_suspended", state.IsSuspended)))
            await ObserveAsync(connection, DateTimeOffset.FromUnixTimeSeconds(state.EndedSecond), [state], isLookUp: true, ct);
    }

    private static async Task<List<string>> ObserveAsync(NpgsqlConnection connection, DateTimeOffset recordedAt,
        IReadOnlyList<ServerState> states, bool isLookUp, CancellationToken ct)
    {
        (string, object?) ids = ("server_ids", states.Select(s => s.ServerId).ToArray());
        (string, object?)[] seen =
        [
            ids, ("began_seconds", states.Select(s => s.BeganSecond).ToArray()),
            ("ended_seconds", states.Select(s => s.EndedSecond).ToArray()), ("existing", states.Select(s => s.IsExisting).ToArray()),
            ("suspended", states.Select(s => s.IsSuspended).ToArray()), ("built", states.Select(s => s.IsBuilt).ToArray()),
        ];
        await connection.ExecuteAsync(OwnersSql, ct, ids,
            ("owner_ids", states.Select(s => s.OwnerId).ToArray()),
                ("created_seconds", states.Select(s => s.CreatedSecond).ToArray()));
        await connection.ExecuteAsync(ExtendSql, ct, [.. seen, ("is_look_up", isLookUp)]);
        return await connection.QueryAsync(BeginSql, row =>
            $"server {row.Get<int>("server_id")} was {row.Get<string>("state")} when first seen: its time since " +
            $"{row.Get<DateTime>("runs_since"):yyyy-MM-dd HH:mm:ss} is not billed", ct,
            [.. seen, ("recorded_at", recordedAt.UtcDateTime)]);
    }

    /// <summary>Ends the billable time of servers that the panel has switched off or removed, and that no reading shows yet, inside the
    /// caller's transaction.</summary>
    /// <param name="recordedAt">The time at which the panel's rows were read, in whole seconds.</param>
    public static Task SwitchOffAsync(NpgsqlConnection connection, DateTimeOffset recordedAt, CancellationToken ct) =>
        connection.ExecuteAsync(SwitchOffSql, ct, ("recorded_at", recordedAt.UtcDateTime));
}
