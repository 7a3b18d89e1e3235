using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Panel;
using SkyPanel.Functions.Scheduling;
using SkyPanel.Functions.Tests.Backup;

namespace SkyPanel.Functions.Tests.Scheduling;

/// <summary>The row of settings that a database without a panel gets where the panel's tables are created.</summary>
public sealed class FirstRowTests
{
    private const string RowsSql =
        "select string_agg(concat_ws(' ', cron_enabled::text, cron_schedule, hours_per_month), '; ') from " +
        "public.server_hourly_billing_settings";

    [Fact]
    public async Task An_empty_database_gets_the_defaults_once_and_whoever_changes_them_is_heard()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await StartAsync(database);
        await StartAsync(database);
        Assert.Equal("false 0 * * * * 730", await database.ScalarAsync<string>(RowsSql));

        var settings = new BillingSettings(database.Source);
        Assert.Equal((false, "0 * * * *", 730, null, null), await ReadAsync(settings));
        await database.ExecuteAsync("update public.server_hourly_billing_settings set cron_enabled = true, cron_schedule = '*/5 * * * *'");
        Assert.Equal((false, "*/5 * * * *", 730, null, null), await ReadAsync(settings)); // Nobody has taken over.
        Assert.Equal("true */5 * * * * 730", await database.ScalarAsync<string>(RowsSql));
    }

    [Fact]
    public async Task Where_the_app_has_looked_already_none_is_put_in_that_would_switch_it_off()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await StartAsync(database);
        await ReadAsync(new(database.Source));
        await database.ExecuteAsync("delete from public.server_hourly_billing_settings");
        await StartAsync(database);
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from public.server_hourly_billing_settings"));
    }

    [Fact]
    public async Task Where_the_app_has_looked_already_a_table_that_was_dropped_comes_back_without_one()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await StartAsync(database);
        await ReadAsync(new(database.Source));
        await database.ExecuteAsync("drop table public.server_hourly_billing_settings; drop table public.settings");
        await StartAsync(database);
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from public.server_hourly_billing_settings"));
    }

    [Fact]
    public async Task Without_being_asked_the_migrations_create_nothing_in_public()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await Migrator.MigrateAsync(database.ConnectionString, TestContext.Current.CancellationToken);
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from pg_class where relnamespace = 'public'::regnamespace"));
    }

    [Theory]
    [InlineData("create table public.server_hourly_billing_settings (id serial primary key, cron_enabled boolean not null default false, " +
        "updated_at timestamptz)", null)]
    [InlineData("""
        create table public.server_hourly_billing_settings (id serial primary key, cron_enabled boolean not null, cron_schedule text,
            hours_per_month integer, updated_at timestamptz);
        insert into public.server_hourly_billing_settings (cron_enabled, cron_schedule, hours_per_month) values (true, '7 * * * *', 720)
        """, "true 7 * * * * 720")]
    [InlineData("""
        create table public.settings (id serial primary key, key text not null unique, value text not null, updated_at timestamp);
        insert into public.settings (key, value) values ('server_hourly_billing_cron_schedule', '9 * * * *')
        """, null)]
    public async Task A_panels_own_tables_get_none(string panelSql, string? rows)
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await database.ExecuteAsync(panelSql);
        await StartAsync(database);
        Assert.Equal(rows is null ? 0 : 1, await database.ScalarAsync<long>("select count(*) from public.server_hourly_billing_settings"));
        if (rows is not null)
            Assert.Equal(rows, await database.ScalarAsync<string>(RowsSql));
    }

    private static async Task StartAsync(EmptyDatabase database)
    {
        await Migrator.MigrateAsync(database.ConnectionString, TestContext.Current.CancellationToken);
        await PanelSchema.CreateAsync(database.ConnectionString, TestContext.Current.CancellationToken);
    }

    private static async Task<(bool Enabled, string Schedule, int HoursPerMonth, DateTimeOffset? TakenOverAt, string? Alert)> ReadAsync(
        BillingSettings settings)
    {
        var read = await settings.ReadAsync(TestContext.Current.CancellationToken);
        return (read.Enabled, read.Schedule.Expression, read.HoursPerMonth, read.TakenOverAt, read.Alert);
    }
}
