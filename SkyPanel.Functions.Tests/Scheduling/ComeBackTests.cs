using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Dns;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Tests.Scheduling;

/// <summary>What of the panel's comes back after it was gone, or is filled from an old backup, never switches the billing on; what somebody
/// changes there afterwards counts.</summary>
public sealed class ComeBackTests : IAsyncLifetime
{
    private const string KeepSql =
        "create table public.old_row as table public.server_hourly_billing_settings; create table public.old_keys as table public.settings";

    private readonly TestDatabase database = new();
    private BillingSettings settings = null!;

    public async ValueTask InitializeAsync()
    {
        await database.InitializeAsync();
        settings = new(database.Source);
        await WriteAsync(true, "0 * * * *", 730);
        await database.ExecuteAsync(KeepSql);
        await WriteAsync(false, "5 * * * *", 744);
        Assert.Equal((false, "5 * * * *", 744), await ReadAsync());
    }

    [Theory]
    [InlineData("drop table public.server_hourly_billing_settings",
        "create table public.server_hourly_billing_settings as table public.old_row")]
    [InlineData("truncate public.server_hourly_billing_settings", "insert into public.server_hourly_billing_settings table public.old_row")]
    [InlineData("delete from public.server_hourly_billing_settings",
        "insert into public.server_hourly_billing_settings table public.old_row")]
    [InlineData("drop table public.settings", "create table public.settings as table public.old_keys")]
    [InlineData("truncate public.settings", "insert into public.settings table public.old_keys")]
    [InlineData("delete from public.settings where key like 'server_hour%'", "insert into public.settings table public.old_keys")]
    [InlineData("drop table public.settings, public.server_hourly_billing_settings",
        "create table public.settings as table public.old_keys; create table public.server_hourly_billing_settings as table " +
            "public.old_row")]
    public async Task What_comes_back_is_set_to_what_is_in_force_and_changed_there_later_counts(string goes, string comes)
    {
        foreach (var isSeenGone in new[] { true, false })
        {
            await database.ExecuteAsync(goes);
            // Within one look nobody can tell rows that are deleted and inserted from rows that were changed.
            if (isSeenGone || goes.StartsWith("delete", StringComparison.Ordinal))
                Assert.Equal((false, "5 * * * *", 744), await ReadAsync());
            await database.ExecuteAsync(comes);

            Assert.Equal((false, "5 * * * *", 744), await ReadAsync());
            Assert.Equal((false, "5 * * * *", 744), await ReadAsync());
            Assert.Equal(("false 5 * * * * 744", "false 5 * * * * 744"), (await RowAsync(), await KeysAsync()));
        }
        Assert.Equal("""{"enabled": true, "schedule": "0 * * * *", "hoursPerMonth": 730} """ +
            """{"enabled": false, "schedule": "5 * * * *", "hoursPerMonth": 744}""",
            await database.ScalarAsync<string>(
                "select distinct concat_ws(' ', before, after) from cron_service.audit where reason like '% is overruled: it came back%'"));

        await database.ExecuteAsync("update public.server_hourly_billing_settings set cron_schedule = '6 * * * *', hours_per_month = 720");
        await database.ExecuteAsync("update public.settings set value = 'true' where key = 'server_hourly_billing_enabled'");
        Assert.Equal((true, "6 * * * *", 720), await ReadAsync());
        await database.ExecuteAsync("update public.server_hourly_billing_settings set cron_enabled = false");
        Assert.False((await ReadAsync()).Enabled);
        await database.ExecuteAsync("update public.server_hourly_billing_settings set cron_enabled = true");
        Assert.True((await ReadAsync()).Enabled);
    }

    [Fact]
    public async Task A_change_over_HTTP_that_finds_it_back_does_not_switch_on_either()
    {
        await database.ExecuteAsync("truncate public.server_hourly_billing_settings");
        await database.ExecuteAsync("insert into public.server_hourly_billing_settings table public.old_row");
        await WriteAsync(null, "7 * * * *", 744);
        Assert.Equal((false, "7 * * * *", 744), await ReadAsync());
        Assert.Equal(("false 7 * * * * 744", "false 7 * * * * 744"), (await RowAsync(), await KeysAsync()));
    }

    // A script of the panel's that is run again adds a row that is switched on.
    [Fact]
    public async Task A_second_row_switches_nothing_on_and_either_row_does_when_somebody_switches_it()
    {
        await database.ExecuteAsync("insert into public.server_hourly_billing_settings (cron_enabled, updated_at) values (true, now() + " +
            "interval '1 second')");
        Assert.False((await ReadAsync()).Enabled);
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from public.server_hourly_billing_settings where cron_enabled"));

        foreach (var order in new[] { "", "desc" })
        {
            await database.ExecuteAsync($"""
                update public.server_hourly_billing_settings set cron_enabled = true, updated_at = clock_timestamp() + interval '2 seconds'
                where id = (select id from public.server_hourly_billing_settings order by id {order} limit 1)
                """);
            Assert.True((await ReadAsync()).Enabled);
            await WriteAsync(false, "5 * * * *", 744);
        }
    }

    // Where an admin wants it to stop, nothing is asked back.
    [Fact]
    public async Task What_comes_back_switched_off_switches_off()
    {
        await WriteAsync(true, "5 * * * *", 744);
        await database.ExecuteAsync("delete from public.server_hourly_billing_settings");
        Assert.True((await ReadAsync()).Enabled);
        await database.ExecuteAsync("insert into public.server_hourly_billing_settings (cron_enabled, cron_schedule) values (false, '0 * " +
            "* * *')");
        Assert.Equal((false, "5 * * * *", 744), await ReadAsync());
        Assert.Equal(("false 5 * * * * 744", "false 5 * * * * 744"), (await RowAsync(), await KeysAsync()));
    }

    [Fact]
    public async Task A_table_that_was_never_there_switches_no_renewals_on()
    {
        var (ct, dns) = (TestContext.Current.CancellationToken, new DnsSettings(database.Source));
        await database.ExecuteAsync("alter table public.dns_billing_settings rename to later");
        foreach (var enabled in new[] { true, false })
            await database.InOneAsync(change => dns.WriteAsync(change.Connection!,
                new(enabled, enabled, Schedule.Parse("0 2 1 * *"), 730, null, TestPanel.Ann), ct));
        await database.ExecuteAsync("alter table public.later rename to dns_billing_settings");
        await database.ExecuteAsync("insert into public.dns_billing_settings (cron_enabled, cron_schedule) values (true, '0 3 1 * *')");
        var read = await dns.ReadAsync(ct);
        Assert.Equal((false, "0 3 1 * *"), (read.Enabled, read.Schedule.Expression));

        await database.ExecuteAsync("update public.dns_billing_settings set cron_enabled = true");
        Assert.True((await dns.ReadAsync(ct)).Enabled);
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private async Task<(bool Enabled, string Schedule, int Hours)> ReadAsync()
    {
        var read = await settings.ReadAsync(TestContext.Current.CancellationToken);
        return (read.Enabled, read.Schedule.Expression, read.HoursPerMonth);
    }

    private Task WriteAsync(bool? asked, string schedule, int hours) => database.InOneAsync(change =>
        settings.WriteAsync(change.Connection!, new(asked ?? false, asked, Schedule.Parse(schedule), hours, null, TestPanel.Ann),
            TestContext.Current.CancellationToken));

    private Task<string?> RowAsync() =>
        database.ScalarAsync<string>("select concat_ws(' ', cron_enabled::text, cron_schedule, hours_per_month) from " +
            "public.server_hourly_billing_settings");

    private Task<string?> KeysAsync() => database.ScalarAsync<string>("""
        select string_agg(value, ' ' order by array_position(array['server_hourly_billing_enabled', 'server_hourly_billing_cron_schedule',
            'server_hours_per_month'], key))
        from public.settings where key like 'server_hour%'
        """);
}
