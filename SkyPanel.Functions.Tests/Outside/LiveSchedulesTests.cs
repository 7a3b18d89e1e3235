using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>Schedules that change while a process of the app runs: it is never restarted.</summary>
public sealed class LiveSchedulesTests
{
    private const string Key = "Cron:HourlyBilling:Schedule";
    private const string ScheduleSql = "update public.server_hourly_billing_settings set cron_schedule = @schedule";

    private const string OnTimeSql = """
        select count(*) from cron_service.runs
        where trigger <> 'manual' and scheduled_for > @since and extract(second from scheduled_for)::integer % @step = 0
          and started_at between scheduled_for - interval '10 milliseconds' and scheduled_for + interval '1 second'
        """;

    // A second in which the job was on that no run stands for, nor was coalesced into the next one. What was due after the last run of a
    // spell may not have been taken up when it was switched off.
    private const string UncoveredSql = """
        select count(*) from generate_series(date_trunc('second', @from) + interval '1 second',
            (select max(scheduled_for) from cron_service.runs where scheduled_for <= @until), interval '1 second') as second
        where not exists (select from cron_service.runs r where r.scheduled_for is not null
                          and second between r.scheduled_for - r.missed_occurrences * interval '1 second' and r.scheduled_for)
        """;

    [Fact]
    public async Task Changed_by_HTTP_SQL_and_the_panel_s_keys_the_next_occurrence_runs_on_time()
    {
        await using var store = await AppConfigurationSimulator.StartAsync();
        store.Set(Key, "0 * * * *");
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync(("Cron__HourlyBilling__Schedule", "0 0 1 1 *"), ("Cron__Heartbeat__Schedule", "* * * * * *"),
            ("AppConfiguration__ConnectionString", store.ConnectionString));
        await app.SaysAsync("Hourly billing cron is disabled");

        var since = await NowAsync(panel);
        await app.PutAsync(OutsidePanel.Settings, new { enabled = true, schedule = "*/2 * * * * *" });
        await OnTimeAsync(panel, app, since, step: 2, "*/2 * * * * *", store);
        await app.SaysAsync("Hourly billing cron job started with schedule: */2 * * * * *");

        since = await NowAsync(panel);
        await panel.Database.ExecuteAsync(ScheduleSql, ("schedule", "*/3 * * * * *"));
        await OnTimeAsync(panel, app, since, step: 3, "*/3 * * * * *", store);

        since = await NowAsync(panel);
        await panel.Database.ExecuteAsync(
            "update public.settings set value = '* * * * * *' where key = 'server_hourly_billing_cron_schedule'");
        await OnTimeAsync(panel, app, since, step: 1, "* * * * * *", store);

        Assert.Contains("* * * * * *", await File.ReadAllTextAsync(panel.SchedulesFile, TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        SaidOnce(app, "schedule changed to: */3 * * * * * (was */2 * * * * *)");
        SaidOnce(app, "schedule changed to: * * * * * * (was */3 * * * * *)");
        SaidOnce(app, "Hourly billing cron job started with schedule");
        Assert.Equal(2, await panel.ScalarAsync<long>("select count(*) from cron_service.audit where actor = 'panel'"));
        app.Terminate();
        Assert.Equal(0, await app.ExitAsync());
        SaidOnce(app, "Hourly billing cron job stopped");
    }

    [Fact]
    public async Task Off_and_on_ten_times_loses_and_doubles_no_occurrence()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync(("Cron__HourlyBilling__Schedule", "0 0 1 1 *"));
        var spells = new List<(DateTime Begins, DateTime On, DateTime Off)>();
        for (var turn = 0; turn < 10; turn++)
        {
            var begins = await NowAsync(panel);
            await app.PutAsync(OutsidePanel.Settings, new { enabled = true, schedule = "* * * * * *" });
            var on = await NowAsync(panel);
            await panel.UntilAsync("select exists (select from cron_service.runs where scheduled_for > @on and status = 'succeeded')",
                ("on", on));
            await app.PutAsync(OutsidePanel.Settings, new { enabled = false });
            spells.Add((begins, on, await NowAsync(panel)));
        }
        await panel.UntilAsync("select not exists (select from cron_service.runs where status = 'running')");

        foreach (var ((_, on, off), next) in spells.Zip(spells.Skip(1).Select(spell => spell.Begins).Append(await NowAsync(panel))))
        {
            Assert.Equal(0, await panel.ScalarAsync<long>(UncoveredSql, ("from", on), ("until", off)));
            // A timer that fired early waits for its occurrence, a second at most.
            Assert.Equal(0, await panel.ScalarAsync<long>(
                "select count(*) from cron_service.runs where scheduled_for > @off and scheduled_for < @next", ("off", off.AddSeconds(1)),
                ("next", next)));
        }
        Assert.True(await panel.ScalarAsync<long>("select count(*) from cron_service.runs") >= 10);
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) - count(distinct scheduled_for) from cron_service.runs"));
        Assert.Equal(10, Count(app, "Hourly billing cron job started with schedule: * * * * * *"));
        Assert.Equal(10, Count(app, "Hourly billing cron job stopped"));
    }

    [Fact]
    public async Task What_is_overruled_at_the_first_look_and_when_it_comes_back_is_told_and_starts_nothing()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Database.ExecuteAsync("""
            insert into public.server_hourly_billing_settings (cron_enabled) values (false);
            insert into public.settings (key, value) values ('server_hourly_billing_enabled', 'true'),
                ('server_hourly_billing_cron_schedule', '* * * * * *')
            """);
        var app = await panel.StartAppAsync(("Cron__HourlyBilling__Schedule", "* * * * * *"), ("Cron__Heartbeat__Schedule", "* * * * * *"));
        await app.SaysAsync("hourly-billing: settings said on, '* * * * * *'. That is overruled: at the first look " +
            "server_hourly_billing_settings wins. It says off, '0 * * * *', 730 hours a month now");

        await app.PutAsync(OutsidePanel.Settings, new { enabled = true, schedule = "0 0 1 1 *" });
        await app.PutAsync(OutsidePanel.Settings, new { enabled = false });
        await panel.Database.ExecuteAsync("drop table public.server_hourly_billing_settings");
        await panel.Database.ExecuteAsync("""
            create table public.server_hourly_billing_settings (id serial primary key, hours_per_month integer not null default 730,
                cron_enabled boolean not null default true,
                cron_schedule text not null default '* * * * * *', last_cron_run timestamptz, next_cron_run timestamptz,
                    updated_at timestamptz not null default now());
            insert into public.server_hourly_billing_settings default values;
            """);
        await app.SaysAsync("hourly-billing: server_hourly_billing_settings said on, '* * * * * *', 730 hours a month. That is " +
            "overruled: it came back, and what was in force wins. It says off, '0 0 1 1 *'");
        Assert.False((bool)(await app.GetAsync(OutsidePanel.Settings)).Body["enabled"]!);
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) from cron_service.runs where job = 'hourly-billing'"));

        await panel.Database.ExecuteAsync("update public.server_hourly_billing_settings set cron_enabled = true");
        await UntilAsync(async () => (bool)(await app.GetAsync(OutsidePanel.Settings)).Body["enabled"]!);
    }

    [Fact]
    public async Task A_timer_off_the_stored_schedule_and_one_of_a_disabled_job_start_nothing()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Database.ExecuteAsync("insert into public.server_hourly_billing_settings (cron_enabled) values (false)");
        var app = panel.Panel.Services;
        var (runner, settings) = (app.GetRequiredService<JobRunner>(), app.GetRequiredService<BillingSettings>());
        var ct = TestContext.Current.CancellationToken;
        await runner.WakeAsync("hourly-billing", ct);
        await panel.Database.InOneAsync(change => settings.WriteAsync(change.Connection!,
            new(true, true, Schedule.Parse("0 0 1 1 *"), 730, null, TestPanel.Ann), ct));
        await runner.WakeAsync("hourly-billing", ct);
        await panel.Database.InOneAsync(change => settings.WriteAsync(change.Connection!,
            new(false, false, Schedule.Parse("* * * * * *"), 730, null, TestPanel.Ann), ct));
        await Task.Delay(TimeSpan.FromSeconds(1.1), TimeProvider.System, ct);
        await runner.WakeAsync("hourly-billing", ct);
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) from cron_service.runs"));
    }

    private static async Task OnTimeAsync(OutsidePanel panel, AppProcess app, DateTime since, int step, string schedule,
        AppConfigurationSimulator store)
    {
        await panel.UntilAsync($"select ({OnTimeSql}) >= 2", ("since", since), ("step", step));
        var status = (await app.GetAsync(OutsidePanel.Status)).Body;
        var billing = status["cronStatus"]!["hourlyBilling"]!;
        Assert.Equal((schedule, schedule, false), ((string?)billing["schedule"], (string?)billing["boundSchedule"],
            (bool)billing["boundDiffers"]!));
        Assert.All(status["scheduleStores"]!.AsObject(), one => Assert.Null(one.Value));
        Assert.Equal(schedule, store.Value(Key));
    }

    private static void SaidOnce(AppProcess app, string text) =>
        Assert.True(Count(app, text) == 1, $"'{text}' was said {Count(app, text)} times:\n{app.Output}");

    private static int Count(AppProcess app, string text) =>
        app.Output.Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal));

    private static Task<DateTime> NowAsync(OutsidePanel panel) => panel.ScalarAsync<DateTime>("select clock_timestamp()");

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var tries = 0; !await isSo(); tries++)
        {
            Assert.True(tries < 2400);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
