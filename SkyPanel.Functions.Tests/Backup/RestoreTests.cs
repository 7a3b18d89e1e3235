using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SkyPanel.Functions.Backup;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Dns;
using SkyPanel.Functions.Jobs;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Backup;

public sealed class RestoreTests
{
    private const string ChargesSql =
        "select string_agg(server_id || ' ' || hour_start || ' ' || amount, E'\\n' order by server_id, hour_start) from " +
        "cron_service.charges";

    [Fact]
    public async Task A_billed_database_comes_back_row_by_row_and_the_next_hour_is_billed_as_if_nothing_had_happened()
    {
        await using var bench = await BackupBench.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        var file = await BackUpAsync(bench);
        var before = await EmptyDatabase.DigestsAsync(bench.Panel.Database.Source);

        var report = await restored.RestoreAsync(file, BackupBench.Noon);

        Assert.True(report.Integrity.Ok);
        Assert.Equivalent(new Aftermath(0, 0, 0, 0, [], 0), report.Aftermath);
        var after = await EmptyDatabase.DigestsAsync(restored.Source);
        // The audit tells of the restore, the lease that the backup was made under has ended, users are stand-ins, and nobody has taken
        // over.
        Assert.Equal(["cron_service.audit", "cron_service.leases", "public.users"],
            before.Keys.Where(table => before[table] != after[table]).Order());
        Assert.Equal(2, await restored.ScalarAsync<long>(
            "select count(*) from public.users u where virtfusion_id = 100 + id and to_jsonb(u) ->> 'password' is null"));

        var app = bench.Panel.StartApp(("ConnectionStrings:SkyPanel", restored.ConnectionString));
        var next = BackupBench.Noon.AddHours(1);
        var here = await bench.Panel.BillAsync(next);
        var there = await TestPanel.BillAsync(app, next);
        Assert.Equal((4L, here.Amount), (there.Hours, there.Amount));
        Assert.Equal(await bench.Panel.Database.ScalarAsync<string>(ChargesSql), await restored.ScalarAsync<string>(ChargesSql));
    }

    [Fact]
    public async Task A_backup_that_is_taken_while_runs_write_is_of_one_instant()
    {
        await using var bench = await BackupBench.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        var before = await EmptyDatabase.DigestsAsync(bench.Panel.Database.Source);
        using var content = new MemoryStream();
        await using var gated = new GatedStream(content);

        var taking = bench.Panel.Services.GetRequiredService<BackupWriter>().WriteAsync(gated, TestContext.Current.CancellationToken);
        await gated.Reached;
        // Charged, posted, debited, delivered and settled, and written into the panel's tables, all while the backup stands still.
        var meanwhile = await bench.Panel.BillAsync(BackupBench.Noon.AddHours(5));
        Assert.Equal(20, meanwhile.Hours);
        Assert.True(meanwhile.TokensDebited > 0);
        gated.Open();
        await taking;

        content.Position = 0;
        var report = await restored.RestoreAsync(content, BackupBench.Noon);
        Assert.True(report.Integrity.Ok);
        var after = await EmptyDatabase.DigestsAsync(restored.Source);
        Assert.Equal(["cron_service.audit", "public.users"], before.Keys.Where(table => before[table] != after[table]).Order());
    }

    [Fact]
    public async Task What_may_have_been_taken_since_is_held_and_nothing_is_billed_before_a_person_has_looked()
    {
        await using var bench = await BackupBench.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        // The backup has two open debits, which are taken after it, as are the hours of the afternoon.
        bench.Panel.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Answer(401));
        await bench.Panel.BillAsync(BackupBench.Noon.AddHours(1));
        await bench.Panel.Database.ExecuteAsync(
            "update cron_service.jobs set enabled = true, taken_over_at = now(), taken_over_by = 'Ann'");
        await bench.Panel.Database.ExecuteAsync(
            "insert into cron_service.outbox (kind, subject, dedupe_key, payload) values ('discord', 'check:x', 'check:x:1', '{}')");
        await bench.Panel.Database.ExecuteAsync("update cron_service.notice_watch set enabled_since = now()");
        var file = await BackUpAsync(bench);
        bench.Panel.VirtFusion.Faults.Clear();
        await bench.Panel.BillAsync(BackupBench.Noon.AddHours(4));
        var orders = bench.Panel.VirtFusion.Credits.Count;

        var report = await restored.RestoreAsync(file, BackupBench.Noon.AddHours(4));
        Assert.Equivalent(new Aftermath(2, 0, 12, 0, [], 1), report.Aftermath);
        Assert.True(report.Integrity.Ok);
        Assert.Equal(0, await restored.ScalarAsync<long>(
            "select count(*) from cron_service.jobs where job = 'hourly-billing' and taken_over_at is not null"));
        Assert.True(await restored.ScalarAsync<bool>("select enabled_since is null from cron_service.notice_watch"));
        Assert.Matches("^discarded restored from a backup of .* UTC: it may have been sent since$",
            await restored.ScalarAsync<string>("select state || ' ' || message from cron_service.outbox"));

        var app = bench.Panel.StartApp(("ConnectionStrings:SkyPanel", restored.ConnectionString));
        var held = await TestPanel.BillAsync(app, BackupBench.Noon.AddHours(5));
        Assert.True(held.IsRunHeld);
        Assert.Equal(0, held.Hours);
        Assert.Equal(orders, bench.Panel.VirtFusion.Credits.Count);

        // They were taken: the hours are passed over, and the next hour is billed and collected.
        var hold = await restored.ScalarAsync<long>("select id from cron_service.holds where state = 'open'");
        await using (var connection = await app.GetRequiredService<NpgsqlDataSource>()
            .OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await Holds.DecideAsync(connection, hold, HoldAction.Reject, "Ann", "taken by the lost database",
                TestContext.Current.CancellationToken);
            await transaction.CommitAsync(TestContext.Current.CancellationToken);
        }
        var next = await TestPanel.BillAsync(app, BackupBench.Noon.AddHours(5));
        Assert.Equal(4, next.Hours);
        Assert.True((await app.GetRequiredService<Integrity>().CheckAsync(TestContext.Current.CancellationToken)).Ok);
    }

    [Fact]
    public async Task A_debit_that_is_opened_after_a_restore_bears_no_id_that_VirtFusion_may_have_seen()
    {
        await using var bench = await BackupBench.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        await restored.RestoreAsync(await BackUpAsync(bench), BackupBench.Noon);

        await TestPanel.BillAsync(bench.Panel.StartApp(("ConnectionStrings:SkyPanel", restored.ConnectionString)),
            BackupBench.Noon.AddHours(1));
        Assert.True(await restored.ScalarAsync<long>("select max(id) from cron_service.debits") > 1_000_000);
    }

    [Fact]
    public async Task A_notice_or_top_up_after_a_restore_bears_no_number_that_somebody_may_have_seen()
    {
        await using var bench = await BackupBench.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        await restored.RestoreAsync(await BackUpAsync(bench), BackupBench.Noon);

        Assert.True(await restored.ScalarAsync<long>("""
            select min(nextval(pg_get_serial_sequence('cron_service.' || name, 'id'))) from unnest(array['notices', 'top_ups']) as name
            """) > 1_000_000);
    }

    [Fact]
    public async Task The_next_start_migrates_a_restored_database_on_from_where_it_was()
    {
        await using var bench = await BackupBench.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        await restored.RestoreAsync(await BackUpAsync(bench), BackupBench.Noon);
        await Migrator.MigrateAsync(restored.ConnectionString, TestContext.Current.CancellationToken);
        Assert.Equal(await bench.Panel.Database.ScalarAsync<string>(
            "select string_agg(scriptname, ' ' order by scriptname) from cron_service.migrations"),
            await restored.ScalarAsync<string>("select string_agg(scriptname, ' ' order by scriptname) from cron_service.migrations"));
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => restored.ExecuteAsync("delete from cron_service.charges"));
    }

    [Fact]
    public async Task A_panel_with_ids_and_columns_of_its_own_comes_back_as_it_was()
    {
        await using var bench = await BackupBench.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        await bench.Panel.Database.ExecuteAsync("""
            create table public.virtfusion_cron_settings (id serial primary key, enabled boolean not null default false,
                last_hourly_billing timestamp);
            insert into public.virtfusion_cron_settings (last_hourly_billing) values ('2026-03-01 10:00');
            create type public.plan_kind as enum ('small', 'large');
            alter table public.package_pricing add column kind public.plan_kind default 'small', add column "slaPlan" uuid;
            insert into public.package_pricing (virtfusion_package_id, name, price, kind, "slaPlan")
                values (7, 'A' || E'\t\n\\', 1000, 'large', gen_random_uuid());
            drop table public.virtfusion_hourly_transactions;
            create table public.virtfusion_hourly_transactions (id uuid primary key default gen_random_uuid(), server_id integer,
                amount_charged numeric(10,4), status text not null default 'pending');
            insert into public.virtfusion_hourly_transactions (server_id, amount_charged) values (1, 1.5), (2, null)
            """);
        var before = await EmptyDatabase.DigestsAsync(bench.Panel.Database.Source);
        var report = await restored.RestoreAsync(await BackUpAsync(bench), BackupBench.Noon);

        Assert.True(report.IsPanelLoaded);
        var after = await EmptyDatabase.DigestsAsync(restored.Source);
        Assert.Equal(["cron_service.audit", "cron_service.leases", "public.users"],
            before.Keys.Where(table => before[table] != after[table]).Order());
        await restored.ExecuteAsync("insert into public.virtfusion_hourly_transactions (server_id) values (3); insert into " +
            "public.virtfusion_cron_settings (enabled) values (true)");
        Assert.Equal(2, await restored.ScalarAsync<int>("select max(id) from public.virtfusion_cron_settings"));
    }

    [Fact]
    public async Task A_panel_that_is_there_already_is_left_as_it_is()
    {
        await using var bench = await BackupBench.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        await restored.ExecuteAsync("create table public.users (id integer primary key, email text, virtfusion_id integer); insert into " +
            "public.users values (1, 'real@example.com', 101)");
        var report = await restored.RestoreAsync(await BackUpAsync(bench), BackupBench.Noon);

        Assert.False(report.IsPanelLoaded);
        Assert.Equal("real@example.com", await restored.ScalarAsync<string>("select string_agg(email, ' ') from public.users"));
        Assert.Equal(36, await restored.ScalarAsync<long>("select count(*) from cron_service.charges"));
        Assert.Equal("users", await restored.ScalarAsync<string>(
            "select string_agg(tablename, ' ') from pg_tables where schemaname = 'public'"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_panel_s_own_DNS_billing_stays_switched_on_unless_its_table_was_restored_and_ours_is_off(bool isThere)
    {
        await using var bench = await BackupBench.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        await bench.Panel.Database.ExecuteAsync("""
            insert into public.dns_billing_settings (cron_enabled, cron_schedule) values (true, '0 3 1 * *');
            insert into cron_service.jobs (job, enabled, taken_over_at, taken_over_by, enabled_at, schedule_changed_at)
            values ('dns-renewal', true, now(), 'Ann', now(), now())
            """);
        if (isThere)
            await restored.ExecuteAsync("""
                create table public.dns_billing_settings (id serial primary key, cron_enabled boolean not null, cron_schedule text);
                insert into public.dns_billing_settings (cron_enabled, cron_schedule) values (true, '0 3 1 * *')
                """);

        var report = await restored.RestoreAsync(await BackUpAsync(bench), BackupBench.Noon);

        Assert.Equal((!isThere, isThere), (report.IsPanelLoaded,
            await restored.ScalarAsync<bool>("select cron_enabled from public.dns_billing_settings")));
        Assert.False((await new DnsSettings(restored.Source).ReadAsync(TestContext.Current.CancellationToken)).Enabled);
    }

    internal static async Task<string> BackUpAsync(BackupBench bench)
    {
        var fence = await bench.Panel.Services.GetRequiredService<Leases>()
            .AcquireAsync($"a backup {Guid.NewGuid():N}", "test", TestContext.Current.CancellationToken);
        var done = await bench.Backups.MakeAsync(bench.Place, 14, fence!, TestContext.Current.CancellationToken);
        return Path.Combine(bench.Folder, done.Name);
    }
}
