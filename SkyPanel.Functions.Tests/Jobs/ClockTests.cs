using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Tests.Jobs;

/// <summary>The database's clock was wrong for a while, and was put right. What was stored meanwhile is as that clock would have written
/// it.</summary>
public sealed class ClockTests
{
    private const string StateSql = """
        insert into cron_service.jobs (job, enabled, schedule, enabled_at, schedule_changed_at) values
            ('maintenance', true, '* * * * *', now() - interval '1 day', now() - interval '1 day'),
            ('backup', false, '* * * * *', now(), now())
        on conflict (job) do update set enabled = true, schedule = excluded.schedule, enabled_at = excluded.enabled_at,
            schedule_changed_at = excluded.schedule_changed_at;
        insert into cron_service.runs (job, trigger, requested_by, scheduled_for, status, finished_at)
        values ('maintenance', 'schedule', 'scheduler', date_trunc('minute', now()) - interval '1 minute', 'succeeded', now());
        insert into cron_service.runs (job, trigger, requested_by, scheduled_for, status, finished_at, retry_at)
        values ('dns-renewal', 'schedule', 'scheduler', date_trunc('minute', now()), 'failed', now(), now() + interval '1 minute');
        insert into cron_service.leases (job, holder, acquired_at, expires_at) select job, 'dead', now(), now() + interval '30 seconds'
            from unnest(array['hourly-billing', 'maintenance']) as job
        on conflict (job) do update set expires_at = excluded.expires_at;
        insert into cron_service.debits (account_id, kind, tokens, amount, reference, attempts, last_attempt_at, next_attempt_at)
        select id, 'debit', 1, 0.01, 'waits', 1, now(), now() + interval '2 minutes' from cron_service.accounts where user_id = 1;
        insert into cron_service.top_ups (account_id, amount, currency, tokens_per_unit, tokens, opened_by, next_look_at, claimed_until,
            looked_at, woken_at)
        select id, 10, 'USD', 100, 1000, 'test', now() + w.days * interval '1 day', now() + interval '2 minutes', now(), now()
        from cron_service.accounts, (values (1), (9)) as w(days) where user_id = 1;
        insert into cron_service.outbox (kind, subject, dedupe_key, payload, attempts, next_attempt_at, claimed_until)
        values ('test', 's', 'd', '{}', 1, now(), null), ('other', 't', 'e', '{}', 1, now(), now() + interval '1 minute');
        insert into cron_service.checks (name, checked_at) values ('of-a-test', now());
        insert into cron_service.idempotency_keys (key, operation, caller, request_hash) values ('key', 'operation', 'caller', 'hash');
        insert into cron_service.instances (id, host, process_id, version) values ('dead', 'host', 1, '1');
        insert into cron_service.dns_graces (subscription_id, insufficient_since) values ('1', now())
        """;

    private const string ShiftSql = """
        do $$
        declare c record;
        begin
            for c in select table_name, string_agg(format('%1$I = %1$I + interval ''{0} hours''', column_name), ', ') as sets
                from information_schema.columns
                     where table_schema = 'cron_service' and data_type = 'timestamp with time zone'
                       and table_name in ('runs', 'jobs', 'leases', 'outbox', 'checks', 'idempotency_keys', 'instances', 'observations',
                           'dns_graces') group by table_name
            loop
                execute format('update cron_service.%I set %s', c.table_name, c.sets);
            end loop;
            update cron_service.debits set last_attempt_at = last_attempt_at + interval '{0} hours',
                next_attempt_at = next_attempt_at + interval '{0} hours' where state = 'pending';
            update cron_service.top_ups set next_look_at = next_look_at + interval '{0} hours',
                claimed_until = claimed_until + interval '{0} hours', looked_at = looked_at + interval '{0} hours',
                woken_at = woken_at + interval '{0} hours';
        end $$
        """;

    // Of a table and column, what lies further off than this app writes.
    private const string BlockingSql = """
        select coalesce(string_agg(what, ', '), 'none') from (
            select 'runs.scheduled_for' as what from cron_service.runs where scheduled_for > now() + interval '1 minute'
            union all select 'runs.started_at' from cron_service.runs where started_at > now() + interval '1 minute'
            union all select 'runs.retry_at' from cron_service.runs where retry_at > now() + interval '90 minutes'
            union all select 'jobs' from cron_service.jobs
                where greatest(enabled_at, schedule_changed_at, taken_over_at, seen_at) > now() + interval '1 minute'
            union all select 'checks.checked_at' from cron_service.checks where checked_at > now() + interval '1 minute'
            union all select 'dns_graces.insufficient_since' from cron_service.dns_graces
                where insufficient_since > now() + interval '1 minute'
            union all select 'outbox' from cron_service.outbox
                where next_attempt_at > now() + interval '3 hours' or claimed_until > now() + interval '2 minutes'
            union all select 'debits' from cron_service.debits
                where state = 'pending' and greatest(next_attempt_at, last_attempt_at) > now() + interval '2 hours'
            union all select 'top_ups' from cron_service.top_ups where next_look_at > now() + interval '8 days'
                or claimed_until > now() + interval '5 minutes' or greatest(looked_at, woken_at) > now() + interval '1 minute'
        ) as blocking
        """;

    [Theory]
    [InlineData(6)]
    [InlineData(-6)]
    public async Task A_job_can_be_triggered_at_once(int hours)
    {
        await using var panel = await MovedAsync(hours);
        var runner = panel.Services.GetRequiredService<JobRunner>();

        var run = await runner.TriggerAsync(runner.Find("hourly-billing")!, "test", false, TestContext.Current.CancellationToken);

        Assert.Equal(RunStatus.Succeeded, (await run!.Value.Outcome).Status);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(-6)]
    public async Task After_one_heartbeat_nothing_that_was_stored_blocks_what_it_belongs_to(int hours)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await MovedAsync(hours);
        var (lastRun, observed) = (await panel.Database.ScalarAsync<long>("select max(id) from cron_service.runs"),
            await panel.Database.ScalarAsync<long>("select max(id) from cron_service.observations"));

        await panel.Services.GetRequiredService<Heartbeat>().BeatAsync(ct);

        Assert.Equal("none", await panel.Database.ScalarAsync<string>(BlockingSql));
        // What had no instant has none: nobody has taken over, nothing that succeeded is run again.
        Assert.Equal(0, await panel.Database.ScalarAsync<long>("select count(*) from cron_service.jobs where taken_over_at is not null"));
        Assert.Equal(0, await panel.Database.ScalarAsync<long>(
            "select count(*) from cron_service.runs where status = 'succeeded' and retry_at is not null"));
        Assert.Equal("succeeded", await panel.Database.ScalarAsync<string>(
            "select status from cron_service.runs where job = 'maintenance' and id > @id order by id limit 1", ("id", lastRun)));
        Assert.True(await panel.Database.ScalarAsync<bool>(
            "select exists (select from cron_service.observations where id > @id and observed_at <= now())", ("id", observed)));
        Assert.Equal("settled", await panel.Database.ScalarAsync<string>(
            "select state from cron_service.debits where reference = 'waits'"));
        Assert.NotNull(await panel.Services.GetRequiredService<OutboxClaims>().TakeAsync(["test"], TimeSpan.FromMinutes(1), ct));
        Assert.DoesNotContain(await panel.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<Instances>().Single()
            .ListAsync(ct), instance => instance.Id == "dead");
    }

    [Theory]
    [InlineData(6)]
    [InlineData(-6)]
    public async Task A_key_whose_first_request_was_never_answered_is_free(int hours)
    {
        await using var panel = await MovedAsync(hours);
        var request = new DefaultHttpContext().Request;
        request.Headers["Idempotency-Key"] = "key";
        var isDone = false;

        await panel.Services.GetRequiredService<Idempotency>().OnceAsync(request, new Caller("caller", Role.Admin, "::1", "id"),
            "operation", "{}", () =>
        {
            isDone = true;
            return Task.FromResult(ApiJson.Ok(new { }));
        }).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        Assert.True(isDone);
    }

    [Fact]
    public async Task A_run_whose_lease_lies_too_far_off_may_write_no_more()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await TestPanel.StartAsync();
        var leases = panel.Services.GetRequiredService<Leases>();
        var fence = (await leases.AcquireAsync("hourly-billing", "first", ct))!;
        await panel.Database.ExecuteAsync("update cron_service.leases set expires_at = expires_at + interval '6 hours'");

        await Assert.ThrowsAsync<LeaseLostException>(() => fence.CheckAsync(panel.Database.Source, ct));
        Assert.False(await leases.RenewAsync(fence, ct));
        Assert.Equal(fence.Number + 1, (await leases.AcquireAsync("hourly-billing", "second", ct))!.Number);
    }

    [Fact]
    public async Task A_debit_that_was_claimed_by_a_clock_that_was_ahead_is_judged_after_a_minute_and_not_at_once()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await MovedAsync(0);
        await panel.Database.ExecuteAsync(
            "update cron_service.debits set state = 'sending', claim_number = claim_number + 1, deadline = now() + interval '6 hours', " +
            "balance_before_tokens = 5 where reference = 'waits'");

        await panel.Services.GetRequiredService<ClockRepairs>().RepairAsync(ct);

        Assert.Equal("sending", await panel.Database.ScalarAsync<string>(
            "select state from cron_service.debits where reference = 'waits'"));
        Assert.InRange(await panel.Database.ScalarAsync<double>(
            "select extract(epoch from deadline - now())::float8 from cron_service.debits where reference = 'waits'"), 0, 60);
    }

    [Theory]
    [InlineData("checks", "checked_at")]
    [InlineData("customers", "grace_since")]
    [InlineData("dispute_sweep", "swept_at")]
    [InlineData("dns_graces", "insufficient_since")]
    [InlineData("jobs", "enabled_at")]
    [InlineData("runs", "retry_at")]
    [InlineData("standings", "below_since")]
    [InlineData("suspension_holds", "decided_at")]
    [InlineData("suspensions", "next_look_at")]
    [InlineData("top_ups", "next_look_at")]
    [InlineData("webhook_endpoints", "paused_until")]
    public async Task What_has_not_happened_has_not_happened_after_the_repair_of_another_instant(string table, string column)
    {
        await using var panel = await MovedAsync(0);
        await panel.Database.ExecuteAsync("""
            insert into cron_service.standings (account_id, state, burn, runway, below_since)
            select id, 'overdue', 0, 'endless', now() from cron_service.accounts where user_id = 1;
            insert into cron_service.customers (account_id, grace_since)
            select id, now() from cron_service.accounts where user_id = 1;
            insert into cron_service.suspensions (account_id, server_id, reason, ordered_by)
            select id, 1, 'a test', 'policy' from cron_service.accounts where user_id = 1;
            insert into cron_service.suspension_holds (account_ids, reason, state, decided_at) values ('{1}', 'a test', 'approved', now());
            insert into cron_service.webhook_endpoints (reference, url, created_by, paused_until)
            values (gen_random_uuid(), 'https://example.com', 'a test', now())
            """);
        await panel.Database.ExecuteAsync(
            $"update cron_service.{table} set {column} = now() + interval '10 days' where {column} is not null");
        var before = await NullsAsync();

        await panel.Services.GetRequiredService<ClockRepairs>().RepairAsync(TestContext.Current.CancellationToken);

        Assert.NotEqual(0, before);
        Assert.Equal((before, 0), (await NullsAsync(), await panel.Database.ScalarAsync<long>(
            $"select count(*) from cron_service.{table} where {column} > now()")));

        Task<long> NullsAsync() => panel.Database.ScalarAsync<long>(
            $"select count(*) from cron_service.{table} t, jsonb_each(to_jsonb(t)) as e where e.value = 'null'");
    }

    [Fact]
    public async Task Notices_are_on_since_now_a_replaced_key_ends_after_its_grace_and_forecasts_of_the_wrong_clock_are_forgotten()
    {
        await using var panel = await MovedAsync(0);
        await panel.Database.ExecuteAsync("""
            update cron_service.notice_watch set enabled_since = now() + interval '10 days';
            insert into cron_service.forecasts (month, computed_at, forecast) values
                ('2026-01', now() - interval '1 hour', '{}'), ('2026-02', now() + interval '10 days', '{}');
            insert into cron_service.api_keys
                (id, secret_hash, name, role, expires_at, created_by, previous_hash, rotated_at, previous_until)
            values ('abcd2345', sha256('a'), 'a', 'viewer', now() + interval '1 year', 'test', sha256('b'), now() + interval '10 days',
                now() + interval '10 days 2 hours')
            """);

        await panel.Services.GetRequiredService<ClockRepairs>().RepairAsync(TestContext.Current.CancellationToken);

        Assert.Equal("true 2026-01 true", await panel.Database.ScalarAsync<string>("""
            select concat_ws(' ', (select enabled_since <= now() from cron_service.notice_watch)::text,
                (select string_agg(month, ' ') from cron_service.forecasts),
                (select rotated_at <= now() and previous_until between now() and now() + interval '2 hours'
                 from cron_service.api_keys)::text)
            """));
    }

    private static async Task<TestPanel> MovedAsync(int hours)
    {
        var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, monthlyPrice: 73, TimeProvider.System.GetUtcNow().AddHours(-5));
        var runner = panel.Services.GetRequiredService<JobRunner>();
        await (await runner.TriggerAsync(runner.Find("hourly-billing")!, "test", false,
            TestContext.Current.CancellationToken))!.Value.Outcome;
        await panel.Database.ExecuteAsync(StateSql);
        if (hours != 0)
            await panel.Database.ExecuteAsync(ShiftSql.Replace("{0}", $"{hours}", StringComparison.Ordinal));
        return panel;
    }
}
