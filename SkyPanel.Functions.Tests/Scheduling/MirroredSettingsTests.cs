using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Dns;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Tests.Scheduling;

public sealed partial class MirroredSettingsTests : IAsyncLifetime
{
    private const string EnabledKey = "server_hourly_billing_enabled", ScheduleKey = "server_hourly_billing_cron_schedule",
        HoursKey = "server_hours_per_month";

    private readonly TestDatabase database = new();
    private BillingSettings settings = null!;

    public async ValueTask InitializeAsync()
    {
        await database.InitializeAsync();
        settings = new(database.Source);
    }

    [Fact]
    public async Task Nothing_stored_is_the_defaults_and_reading_makes_nothing()
    {
        Assert.Equal((false, "0 * * * *", "UTC", 730, null), await ReadAsync());
        await database.ExecuteAsync("insert into public.server_hourly_billing_settings (cron_schedule) values ('*/5 * * * *')");
        Assert.Equal("*/5 * * * *", (await ReadAsync()).Schedule);
        Assert.Equal(1, await database.ScalarAsync<long>("select count(*) from public.server_hourly_billing_settings"));
        await TakeOverAsync("0 * * * *");
        Assert.Equal("true 0 * * * * 730", await KeysAsync());
    }

    [Fact]
    public async Task At_the_first_look_the_table_wins_and_keys_that_are_there_follow()
    {
        await database.ExecuteAsync("insert into public.server_hourly_billing_settings (cron_enabled, cron_schedule, hours_per_month) " +
            "values (true, '10 * * * *', 720)");
        await SetKeyAsync(ScheduleKey, "20 * * * *");

        Assert.Equal((false, "10 * * * *", "UTC", 720, null), await ReadAsync());
        Assert.Equal("- 10 * * * * -", await KeysAsync());
        Assert.Equal(1, await AuditAsync());
        Assert.Equal("""{"enabled": null, "schedule": "20 * * * *", "hoursPerMonth": null} """ +
            """{"enabled": true, "schedule": "10 * * * *", "hoursPerMonth": 720} """ +
            "settings is overruled: at the first look server_hourly_billing_settings wins",
                await database.ScalarAsync<string>("select concat_ws(' ', before, after, reason) from cron_service.audit"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_change_on_one_side_reaches_the_other_and_both_changed_the_table_wins(bool hasSerialIds)
    {
        if (hasSerialIds)
            await database.ExecuteAsync("""
                alter table public.server_hourly_billing_settings drop id;
                alter table public.server_hourly_billing_settings add id serial primary key;
                """);
        await TakeOverAsync("0 * * * *");

        await SetKeyAsync(ScheduleKey, "*/10 * * * * *");
        await SetKeyAsync(HoursKey, "744");
        Assert.Equal((true, "*/10 * * * * *", "UTC", 744, null), await ReadAsync());
        Assert.Equal("true */10 * * * * * 744", await RowAsync());

        await database.ExecuteAsync("update public.server_hourly_billing_settings set cron_enabled = false, cron_schedule = '5 * * * *'");
        Assert.Equal((false, "5 * * * *", "UTC", 744, null), await ReadAsync());
        Assert.Equal("false 5 * * * * 744", await KeysAsync());

        await database.ExecuteAsync("update public.server_hourly_billing_settings set cron_schedule = '6 * * * *'");
        await SetKeyAsync(ScheduleKey, "7 * * * *");
        await SetKeyAsync(EnabledKey, "true");
        Assert.Equal((true, "6 * * * *", "UTC", 744, null), await ReadAsync());
        Assert.Equal("true 6 * * * * 744", await KeysAsync());
        Assert.Equal("true 6 * * * * 744", await RowAsync());

        Assert.Equal(3, await AuditAsync());
        Assert.Equal("panel", await database.ScalarAsync<string>(
            "select distinct actor from cron_service.audit where action = 'sync-settings'"));
        Assert.Equal("""{"enabled": false, "schedule": "5 * * * *", "hoursPerMonth": 744}""",
            await database.ScalarAsync<string>("select before::text from cron_service.audit order by id desc limit 1"));
        await ReadAsync();
        Assert.Equal(3, await AuditAsync());
    }

    [Fact]
    public async Task What_is_no_value_stays_where_it_is_is_told_and_goes_nowhere()
    {
        await TakeOverAsync("0 * * * *");
        await SetKeyAsync(EnabledKey, "perhaps");
        await SetKeyAsync(ScheduleKey, "61 * * * *");
        await SetKeyAsync(HoursKey, "9000");

        for (var look = 0; look < 2; look++)
        {
            var (enabled, schedule, _, hours, alert) = await ReadAsync();
            Assert.Equal((true, "0 * * * *", 730), (enabled, schedule, hours));
            Assert.All(new[] { EnabledKey, ScheduleKey, HoursKey, "'61 * * * *'", "'perhaps'", "1 to 744",
                "In force: '0 * * * *', 730 hours" },
                text => Assert.Contains(text, alert, StringComparison.Ordinal));
            Assert.Equal("true 0 * * * * 730", await RowAsync());
            Assert.Equal("perhaps 61 * * * * 9000", await KeysAsync());
        }

        await database.ExecuteAsync("update public.server_hourly_billing_settings set cron_schedule = '3 * * * *'");
        Assert.Equal((true, "3 * * * *", "UTC", 730, null), await ReadAsync() with { Alert = null });
        Assert.Equal("true 3 * * * * 730", await KeysAsync());
        Assert.Null((await ReadAsync()).Alert);
    }

    [Fact]
    public async Task Of_doubled_rows_the_one_changed_last_counts_and_a_change_makes_them_agree()
    {
        await TakeOverAsync("0 * * * *");
        await database.ExecuteAsync("insert into public.server_hourly_billing_settings (cron_enabled, cron_schedule, updated_at) values " +
            "(true, '9 * * * *', now() + interval '1 second')");

        Assert.Equal("9 * * * *", (await ReadAsync()).Schedule);
        Assert.Equal("9 * * * *", await database.ScalarAsync<string>(
            "select string_agg(distinct cron_schedule, ';') from public.server_hourly_billing_settings"));
        await database.ExecuteAsync("delete from public.server_hourly_billing_settings; delete from public.settings");
        var (enabled, schedule, _, _, alert) = await ReadAsync();
        Assert.Equal((true, "9 * * * *"), (enabled, schedule));
        Assert.Contains("there is no row", alert, StringComparison.Ordinal);
        await TakeOverAsync("8 * * * *");
        Assert.Equal(("true 8 * * * * 730", "true 8 * * * * 730"), (await RowAsync(), await KeysAsync()));
    }

    [Fact]
    public async Task What_a_table_refuses_is_not_in_force_anywhere()
    {
        await TakeOverAsync("0 * * * *");
        await database.ExecuteAsync("alter table public.server_hourly_billing_settings add constraint hourly check (cron_schedule = '0 * " +
            "* * *')");
        await SetKeyAsync(ScheduleKey, "5 * * * *");

        var (_, schedule, _, _, alert) = await ReadAsync();
        Assert.Equal("0 * * * *", schedule);
        Assert.Contains("can't be mirrored", alert, StringComparison.Ordinal);
        await database.ExecuteAsync("alter table public.server_hourly_billing_settings drop constraint hourly");
        Assert.Equal((true, "5 * * * *", "UTC", 730, null), await ReadAsync());
    }

    // The panel's schema tool drops tables that it doesn't know.
    [Fact]
    public async Task Where_the_table_is_gone_the_keys_and_an_admin_still_switch_the_billing()
    {
        await TakeOverAsync("0 * * * *");
        await database.ExecuteAsync("drop table public.server_hourly_billing_settings");

        await SetKeyAsync(ScheduleKey, "5 * * * *");
        Assert.Equal((true, "5 * * * *"), ((await ReadAsync()).Enabled, (await ReadAsync()).Schedule));
        await WriteAsync(false, "6 * * * *");
        var (enabled, schedule, _, _, alert) = await ReadAsync();

        Assert.Equal((false, "6 * * * *", "false 6 * * * * 730"), (enabled, schedule, await KeysAsync()));
        Assert.StartsWith("server_hourly_billing_settings.cron_schedule: relation", alert, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_that_is_not_about_the_switch_leaves_it_as_the_panel_has_it()
    {
        await database.ExecuteAsync("insert into public.server_hourly_billing_settings (cron_enabled) values (true)");
        await ReadAsync();
        await WriteAsync(null, "5 * * * *");
        Assert.Equal((false, "true 5 * * * * 730"), ((await ReadAsync()).Enabled, await RowAsync()));

        await TakeOverAsync("0 * * * *");
        await SetKeyAsync(EnabledKey, "false"); // Switched off in the panel since the admin looked.
        await WriteAsync(null, "6 * * * *");
        Assert.Equal((false, "false 6 * * * * 730"), ((await ReadAsync()).Enabled, await RowAsync()));
    }

    [Fact]
    public async Task Many_that_sync_at_once_make_one_change_of_it()
    {
        await TakeOverAsync("0 * * * *");
        var others = Enumerable.Range(0, 8).Select(_ => new BillingSettings(database.Source)).ToArray();
        for (var minute = 1; minute <= 10; minute++)
        {
            await SetKeyAsync(ScheduleKey, $"{minute} * * * *");
            var read = await Task.WhenAll(others.Select(other => other.ReadAsync(TestContext.Current.CancellationToken)));
            Assert.All(read, one => Assert.Equal($"{minute} * * * *", one.Schedule.Expression));
            Assert.Equal(minute, await AuditAsync());
        }
    }

    [Fact]
    public async Task A_change_is_dated_when_the_panel_says_or_at_the_last_look_before()
    {
        await TakeOverAsync("0 * * * *");
        await database.ExecuteAsync("update cron_service.jobs set seen_at = now() - interval '50 seconds', schedule_changed_at = " +
            "'2026-01-01', enabled_at = '2026-01-01', taken_over_at = '2026-01-01'");
        await database.ExecuteAsync("update public.server_hourly_billing_settings set cron_schedule = '1 * * * *', updated_at = now() - " +
            "interval '1 hour'");
        Assert.InRange(await SinceAsync(), 49.9, 80);

        await database.ExecuteAsync("update public.server_hourly_billing_settings set cron_schedule = '2 * * * *', updated_at = " +
            "clock_timestamp()");
        Assert.InRange(await SinceAsync(), -0.01, 30);

        await database.ExecuteAsync("update cron_service.jobs set seen_at = now() - interval '5 hours'");
        await database.ExecuteAsync("update public.server_hourly_billing_settings set cron_schedule = '3 * * * *', updated_at = now() - " +
            "interval '1 year'");
        Assert.InRange(await SinceAsync(), 119.9, 150);
    }

    [Fact]
    public async Task The_renewals_have_a_row_of_their_own_and_are_taken_over_like_the_billing()
    {
        var (ct, dns) = (TestContext.Current.CancellationToken, new DnsSettings(database.Source));
        var first = await dns.ReadAsync(ct);
        Assert.Equal((false, "0 2 1 * *", "dns-renewal", null), (first.Enabled, first.Schedule.Expression, first.Job, first.Alert));
        await database.ExecuteAsync("insert into public.dns_billing_settings (cron_enabled, cron_schedule) values (true, '0 3 1 * *')");
        Assert.Equal((false, "0 3 1 * *"), ((await dns.ReadAsync(ct)).Enabled, (await dns.ReadAsync(ct)).Schedule.Expression));

        await database.InOneAsync(change => dns.WriteAsync(change.Connection!,
            new(true, true, Schedule.Parse("0 4 1 * *"), 730, "ours now", TestPanel.Ann), ct));
        Assert.Equal((true, "0 4 1 * *", "ann"), ((await dns.ReadAsync(ct)).Enabled, (await dns.ReadAsync(ct)).Schedule.Expression,
            (await dns.ReadAsync(ct)).TakenOverBy));
        await dns.WriteRunTimesAsync(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), ct);
        Assert.Equal("true 0 4 1 * * 1970-01-01 1970-01-02", await database.ScalarAsync<string>("""
            select concat_ws(' ', cron_enabled::text, cron_schedule, last_cron_run::date, next_cron_run::date)
                from public.dns_billing_settings
            """));

        await database.ExecuteAsync("drop table public.dns_billing_settings");
        var dropped = await dns.ReadAsync(ct);
        Assert.Equal((true, "0 4 1 * *"), (dropped.Enabled, dropped.Schedule.Expression));
        Assert.Contains("dns_billing_settings", dropped.Alert, StringComparison.Ordinal);
        await database.InOneAsync(change => dns.WriteAsync(change.Connection!,
            new(false, false, Schedule.Parse("0 5 1 * *"), 730, null, TestPanel.Ann), ct));
        Assert.Equal((false, "0 5 1 * *"), ((await dns.ReadAsync(ct)).Enabled, (await dns.ReadAsync(ct)).Schedule.Expression));
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();
}
