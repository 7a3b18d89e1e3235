using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Maintenance;

namespace SkyPanel.Functions.Tests.Maintenance;

public sealed class MaintenanceTests
{
    // Ten rows of each kind, a day apart: five of them older than they are kept, but of the retired job all ten.
    private const string OldSql = """
        insert into cron_service.runs (job, trigger, requested_by, scheduled_for, started_at, finished_at, status)
        select job, 'schedule', 'scheduler', now() - n * interval '1 day' - age, now() - n * interval '1 day' - age, now(), 'succeeded'
        from (values ('monitoring', interval '12 hours'), ('retired', interval '100 days')) as j(job, age), generate_series(395, 404) as n;
        insert into cron_service.run_errors (run_id, ordinal, kind, message, created_at)
        select id, 1, 'api', 'old', started_at from cron_service.runs where job in ('monitoring', 'hourly-billing');
        insert into cron_service.observations (observed_at, servers_listed, is_complete)
        select now() - n * interval '1 day' - interval '12 hours', 99, true from generate_series(94, 85, -1) as n;
        insert into cron_service.idempotency_keys (key, operation, caller, request_hash, created_at)
        select n::text, '/', 'a', '', now() - n * interval '1 day' - interval '12 hours' from generate_series(25, 34) as n;
        insert into cron_service.refusals (minute, source, actor, reason, attempts, last_request)
        select now() - n * interval '1 day' - interval '12 hours', '203.0.113.7', '', 'unauthorized', 1, 'GET /'
            from generate_series(85, 94) as n;
        insert into cron_service.outbox (kind, subject, dedupe_key, payload, state, created_at, closed_at)
        select 'discord', 'a', n::text, '{}', 'settled', now() - interval '1 year', now() - n * interval '1 day' - interval '12 hours'
            from generate_series(85, 94) as n;
        insert into cron_service.customer_links (account_id, token_hash, reason, created_by, created_at, expires_at, revoked_at, revoked_by)
        select (select id from cron_service.accounts where user_id = 1), sha256(n::text::bytea), 'a', 'a', now() - interval '1 year',
               case when n % 2 = 0 then ended else now() + interval '1 year' end, case when n % 2 = 1 then ended end,
               case when n % 2 = 1 then 'a' end
        from (select n, now() - n * interval '1 day' - interval '12 hours' as ended from generate_series(85, 94) as n) as links;
        insert into cron_service.outbox (kind, subject, dedupe_key, payload, created_at)
            values ('discord', 'a', 'pending', '{}', now() - interval '1 year')
        """;

    private const string LeftSql = """
        select concat_ws(', ', (select count(*) || ' monitoring' from cron_service.runs where job = 'monitoring'),
            (select count(*) || ' retired' from cron_service.runs where job = 'retired'),
                               (select count(*) || ' error lines' from cron_service.run_errors),
                               (select count(*) || ' readings' from cron_service.observations where servers_listed = 99),
                               (select count(*) || ' keys' from cron_service.idempotency_keys),
                               (select count(*) || ' messages' from cron_service.outbox),
                               (select count(*) || ' refusals' from cron_service.refusals),
                               (select count(*) || ' links' from cron_service.customer_links))
        """;

    [Fact]
    public async Task What_is_old_and_no_money_goes_and_everything_that_money_names_stays()
    {
        var noon = new DateTimeOffset(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, noon.AddHours(-9));
        await panel.BillAsync(noon);
        // A run that charged and one that held, older than anything is kept.
        await panel.Database.ExecuteAsync("""
            update cron_service.runs set status = 'succeeded', started_at = now() - interval '3 years', finished_at = now();
            insert into cron_service.runs (id, job, trigger, requested_by, started_at, finished_at, status) overriding system value
                values (900, 'hourly-billing', 'manual', 'a', now() - interval '3 years', now(), 'held');
            insert into cron_service.holds (scope, from_hour, until_hour, hours, reason, opened_by_run_id, state)
                values ('run', now() - interval '2 hours', now(), 2, 'a', 900, 'rejected')
            """);
        await panel.Database.ExecuteAsync(OldSql);
        var money = await MoneyAsync(panel);

        var preview = await RunAsync(panel, isDryRun: true);
        Assert.StartsWith("would remove 14 runs, 2 error lines, ", preview.Message, StringComparison.Ordinal);
        Assert.Equal("10 monitoring, 10 retired, 12 error lines, 10 readings, 10 keys, 11 messages, 10 refusals, 10 links",
            await panel.Database.ScalarAsync<string>(LeftSql));
        var outcome = await RunAsync(panel);

        Assert.StartsWith("removed 14 runs, 2 error lines, ", outcome.Message, StringComparison.Ordinal);
        Assert.Equal("5 monitoring, 1 retired, 5 error lines, 5 readings, 5 keys, 6 messages, 5 refusals, 5 links",
            await panel.Database.ScalarAsync<string>(LeftSql));
        Assert.Contains("5 links", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(money, await MoneyAsync(panel));
    }

    [Fact]
    public async Task Batches_pass_over_what_is_kept_and_remove_all_that_follows_it()
    {
        await using var panel = await TestPanel.StartAsync();
        // More that charged than fit into a batch, before and between what did not.
        await panel.Database.ExecuteAsync("""
            insert into cron_service.runs (job, trigger, requested_by, started_at, finished_at, status, hours_billed)
            select 'retired', 'manual', 'a', now() - interval '3 years' + n / 2 * interval '1 second', now(), 'succeeded', case
                when n < 11000 or n % 2 = 0 then 1 else 0 end
            from generate_series(1, 25000) as n
            """);
        Assert.StartsWith("would remove 7000 runs, ", (await RunAsync(panel, isDryRun: true)).Message, StringComparison.Ordinal);
        Assert.StartsWith("removed 7000 runs, ", (await RunAsync(panel)).Message, StringComparison.Ordinal);
        Assert.Equal(0, await panel.Database.ScalarAsync<long>(
            "select count(*) from cron_service.runs where job = 'retired' and hours_billed = 0"));
        Assert.Equal(18000, await panel.Database.ScalarAsync<long>("select count(*) from cron_service.runs where job = 'retired'"));
    }

    [Fact]
    public async Task The_latest_complete_reading_and_the_first_that_listed_servers_stay_however_old_they_are()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync("""
            insert into cron_service.observations (observed_at, servers_listed, is_complete) values
                (now() - interval '500 days', 0, true), (now() - interval '400 days', 1, true), (now() - interval '300 days', 4, true),
                (now() - interval '200 days', 2, true), (now() - interval '100 days', 3, false)
            """);
        await RunAsync(panel);
        Assert.Equal("1 2 3", await panel.Database.ScalarAsync<string>(
            "select string_agg(servers_listed::text, ' ' order by id) from cron_service.observations"));
    }

    [Fact]
    public async Task A_table_that_has_grown_is_analysed()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync("""
            alter table cron_service.observations set (autovacuum_enabled = false);
            insert into cron_service.observations (observed_at, servers_listed, is_complete) select now(), 1, true
                from generate_series(1, 5000)
            """);
        await panel.Database.ExecuteAsync("select pg_stat_force_next_flush()");
        await RunAsync(panel);
        Assert.Equal(5000, await panel.Database.ScalarAsync<float>(
            "select reltuples from pg_class where oid = 'cron_service.observations'::regclass"));
    }

    // An analyze of a large table takes longer than a lease lasts.
    [Fact]
    public async Task While_a_table_is_analysed_the_lease_is_renewed()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync("""
            alter table cron_service.observations set (autovacuum_enabled = false);
            insert into cron_service.observations (observed_at, servers_listed, is_complete) select now(), 1, true
                from generate_series(1, 5000)
            """);
        await panel.Database.ExecuteAsync("select pg_stat_force_next_flush()");
        var leases = panel.Services.GetRequiredService<Leases>();
        var fence = (await leases.AcquireAsync(MaintenanceJob.Name, "test", ct))!;
        await using var table = await HeldRows.HoldAsync(panel.Database,
            "lock table cron_service.observations in share update exclusive mode");

        var analysing = panel.Services.GetRequiredService<Statistics>().RefreshAsync(fence, ct);
        await panel.Database.BlockedAsync(1);
        Assert.True(await leases.RenewAsync(fence, ct));

        await table.LetGoAsync();
        Assert.Contains("cron_service.observations", await analysing);
    }

    private static async Task<RunOutcome> RunAsync(TestPanel panel, bool isDryRun = false)
    {
        var runner = panel.Services.GetRequiredService<JobRunner>();
        var run = await runner.TriggerAsync(runner.Find(MaintenanceJob.Name)!, "test", isDryRun, TestContext.Current.CancellationToken);
        return await run!.Value.Outcome;
    }

    private static Task<string?> MoneyAsync(TestPanel panel) => panel.Database.ScalarAsync<string>("""
        select concat_ws(' ', (select count(*) from cron_service.charges), (select count(*) from cron_service.transfers),
            (select count(*) from cron_service.debits),
                              (select count(*) from cron_service.holds), (select count(*) from cron_service.uptime),
                              (select count(*) from cron_service.audit),
                              (select count(*) from cron_service.runs where job = 'hourly-billing'))
        """);
}
