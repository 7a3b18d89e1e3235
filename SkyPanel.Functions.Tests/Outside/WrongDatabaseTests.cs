using System.Net;
using SkyPanel.Functions.Tests.Backup;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>Started on a database that isn't the panel's, or that has only part of a panel.</summary>
public sealed class WrongDatabaseTests(OutsidePanel panel) : IClassFixture<OutsidePanel>
{
    private const string ObjectsSql = """
        select coalesce(string_agg(n.nspname || '.' || c.relname, ' ' order by 1), '') from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
        where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
        """;

    private const string BeatSql = "select max(last_beat_at) from cron_service.instances";

    private const string SchemasSql = "select string_agg(nspname, ' ' order by nspname) from pg_namespace where nspname !~ '^pg_'";

    private const string TwoTablesSql = """
        create table public.users (id serial primary key, email text, username text, full_name text, virtfusion_id integer);
        create table public.virtfusion_hourly_billing (
            id serial primary key, user_id integer not null, server_id integer not null, virtfusion_server_id integer not null,
                package_id integer not null, package_name text not null,
            monthly_price numeric(10, 4) not null, hourly_rate numeric(10, 6) not null, hours_in_month integer not null default 730,
                billing_enabled boolean not null default true,
            last_billed_at timestamp, created_at timestamp not null default now());
        insert into public.users (id, email, username, full_name, virtfusion_id) values (1, 'a', 'a', 'A', 101);
        """;

    [Theory]
    [InlineData("", "(public.users and public.virtfusion_hourly_billing missing): name the panel's database, or set " +
        "Panel:CreateTables=true")]
    [InlineData("create table public.users (id integer, virtfusion_id integer)", "(public.virtfusion_hourly_billing missing)")]
    [InlineData("create table public.users (id uuid, virtfusion_id integer);", "public.users.id is uuid, and a number is needed",
        "Panel__CreateTables", "true")]
    [InlineData(TwoTablesSql + "alter table public.users drop column virtfusion_id", "public.users has no column virtfusion_id")]
    [InlineData(TwoTablesSql + "alter table public.virtfusion_hourly_billing drop column created_at",
        "public.virtfusion_hourly_billing has no column created_at")]
    [InlineData(TwoTablesSql + "alter table public.virtfusion_hourly_billing alter last_billed_at type bigint using 0",
        "public.virtfusion_hourly_billing.last_billed_at is bigint, and a time is needed")]
    [InlineData(TwoTablesSql, "VirtFusion:BaseUrl is missing", "VirtFusion__BaseUrl", "")]
    [InlineData(TwoTablesSql, "session_replication_role", "PGOPTIONS", "session_replication_role = replica")]
    [InlineData(TwoTablesSql, "idle_session_timeout", "PGOPTIONS", "idle_session_timeout = 1000")]
    public async Task Is_refused_in_one_line_before_anything_is_written(string tablesSql, string says, string name = "Panel__CreateTables",
        string value = "false")
    {
        await using var database = await EmptyDatabase.CreateAsync();
        if (tablesSql.Length > 0)
            await database.ExecuteAsync(tablesSql);
        if (name == "PGOPTIONS")
            await database.ExecuteAsync($"do $$ begin execute format('alter database %I set " +
                $"{value.Replace("'", "''", StringComparison.Ordinal)}', current_database()); end $$");
        var before = (await database.ScalarAsync<string>(ObjectsSql), await database.ScalarAsync<string>(SchemasSql));

        var (exitCode, output, errors) =
            await AppProcess.RunAsync(panel.Environment(("ConnectionStrings__SkyPanel", database.ConnectionString), (name, value)));

        Assert.Equal(1, exitCode);
        Assert.Contains(says, Assert.Single(errors), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.Equal(before, (await database.ScalarAsync<string>(ObjectsSql), await database.ScalarAsync<string>(SchemasSql)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("""
        create table public.settings (foo integer); create table public.package_pricing (foo integer);
            create table public.server_hourly_billing_settings (foo integer);
        create table public.dns_billing_settings (foo integer); create table public.virtfusion_hourly_transactions (foo integer);
            create table public.transactions (foo integer);
        create table public.virtfusion_cron_settings (foo integer); create table public.dns_plans (foo integer);
            create table public.dns_plan_subscriptions (foo integer);
        insert into public.settings values (1); insert into public.server_hourly_billing_settings
            values (1); insert into public.virtfusion_cron_settings values (1)
        """)]
    public async Task A_panel_with_the_two_tables_that_billing_needs_and_none_or_foreign_ones_beside_them_is_billed(string foreignSql)
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await database.ExecuteAsync(TwoTablesSql + foreignSql);
        await database.ExecuteAsync($"""
            insert into public.virtfusion_hourly_billing (user_id, server_id, virtfusion_server_id, package_id, package_name, monthly_price,
                hourly_rate, last_billed_at)
            values (1, 1, 1, 1, 'Plan', 730, 1, '{OutsidePanel.HoursAgo(5):yyyy-MM-dd HH:mm}')
            """);
        panel.VirtFusion.AddUser(1, 101, OutsidePanel.FirstTokens);
        panel.VirtFusion.AddServer(1, 101, OutsidePanel.HoursAgo(9));
        var public_ = await database.ScalarAsync<string>(
            "select string_agg(relname, ' ' order by relname) from pg_class where relnamespace = 'public'::regnamespace");

        await using var app = await AppProcess.StartAsync(panel.Environment(
            ("ConnectionStrings__SkyPanel", database.ConnectionString), ("Cron__Heartbeat__Schedule", "*/2 * * * * *"),
                ("Backup__Folder", Directory.CreateTempSubdirectory("skypanel-").FullName)));

        foreach (var job in new[] { "hourly-billing", "monitoring", "maintenance", "backup" })
            Assert.Equal((job, HttpStatusCode.OK), (job, (await app.PostAsync($"/api/admin/cron/jobs/{job}/trigger", new { })).Status));
        Assert.Equal(5m, await database.ScalarAsync<decimal>("select sum(amount) from cron_service.charges"));
        Assert.Equal(HttpStatusCode.OK, (await app.PutAsync(OutsidePanel.Settings, new { enabled = true, schedule = "5 * * * *" })).Status);
        Assert.Equal("5 * * * *", $"{(await app.GetAsync(OutsidePanel.Settings)).Body["schedule"]}");
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync(OutsidePanel.Status)).Status);
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync("/api/admin/billing/integrity")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await app.GetAsync("/api/admin/billing/repair")).Status);
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync("/api/admin/settings/discord_webhook_url")).Status);
        var (status, doctor) = await app.GetAsync("/api/admin/doctor");
        Assert.Equal(HttpStatusCode.OK, status);
        var found = doctor["findings"]!.AsArray().Single(finding => $"{finding!["name"]}" == "panel")!;
        Assert.Equal(foreignSql.Length == 0 ? "ok" : "warning", $"{found["state"]}");
        Assert.Contains(foreignSql.Length == 0 ? "it has no settings" : "public.settings has no column key", $"{found["message"]}",
            StringComparison.Ordinal);
        Assert.All(doctor["findings"]!.AsArray(), finding => Assert.DoesNotContain("can't be looked at", $"{finding!["message"]}",
            StringComparison.Ordinal));

        // A further beat: what it logs has no stack trace.
        var last = await database.ScalarAsync<DateTime>(BeatSql);
        while (await database.ScalarAsync<DateTime>(BeatSql) == last)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("   at ", app.Output, StringComparison.Ordinal);
        Assert.Equal(public_, await database.ScalarAsync<string>(
            "select string_agg(relname, ' ' order by relname) from pg_class where relnamespace = 'public'::regnamespace"));
    }
}
