using System.Net;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>Somebody's hand in the tables, while a process of the app runs.</summary>
public sealed class HandsInSettingsTests
{
    private const string RunsOnSql = "select exists (select from cron_service.runs where scheduled_for > @at and status = 'succeeded')";

    [Fact]
    public async Task A_zone_that_the_machine_does_not_know_stops_no_job_and_is_mended_over_HTTP()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync(("Cron__Heartbeat__Schedule", "* * * * * *"));
        await app.PutAsync(OutsidePanel.Settings, new { enabled = true, schedule = "* * * * * *", timeZone = "Europe/Berlin" });
        await panel.Database.ExecuteAsync("update cron_service.jobs set time_zone = 'Mars/Olympus'");
        await RunsAsync(panel);

        foreach (var job in new[] { "hourly-billing", "maintenance" })
        {
            var (status, body) = await app.GetAsync($"/api/admin/cron/jobs/{job}/settings");
            Assert.Equal((HttpStatusCode.OK, "UTC"), (status, $"{body["timeZone"]}"));
            Assert.Contains("'Mars/Olympus' is not a time zone", $"{body["alert"]}", StringComparison.Ordinal);
            Assert.Contains("' in UTC", $"{body["alert"]}", StringComparison.Ordinal);
            (status, body) = await app.PutAsync($"/api/admin/cron/jobs/{job}/settings", new { timeZone = "Asia/Tokyo" });
            Assert.Equal((HttpStatusCode.OK, "Asia/Tokyo", true), (status, $"{body["timeZone"]}", body["alert"] is null));
        }
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync(OutsidePanel.Status)).Status);
    }

    [Theory]
    [InlineData("cron_schedule = ''")]
    [InlineData("cron_schedule = 'abc'")]
    [InlineData("cron_schedule = null")]
    [InlineData("cron_schedule = '* * * * * * *'")]
    [InlineData("cron_enabled = null")]
    [InlineData("hours_per_month = 100000")]
    [InlineData("hours_per_month = null")]
    public async Task What_is_no_value_in_the_panel_s_row_leaves_all_as_it_was_and_a_value_after_it_counts(string nonsense)
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Database.ExecuteAsync("""
            alter table public.server_hourly_billing_settings alter cron_enabled drop default, alter cron_enabled drop not null,
                alter cron_schedule drop not null,
                alter hours_per_month drop default, alter hours_per_month drop not null;
            """);
        var app = await panel.StartAppAsync(("Cron__Heartbeat__Schedule", "* * * * * *"));
        await app.PutAsync(OutsidePanel.Settings, new { enabled = true, schedule = "* * * * * *", hoursPerMonth = 744 });
        await panel.Database.ExecuteAsync($"update public.server_hourly_billing_settings set {nonsense}");
        await RunsAsync(panel);
        var (_, settings) = await app.GetAsync(OutsidePanel.Settings);
        Assert.Equal((true, "* * * * * *", 744), ((bool)settings["enabled"]!, $"{settings["schedule"]}", (int)settings["hoursPerMonth"]!));
        Assert.Equal(nonsense.EndsWith("null", StringComparison.Ordinal), settings["alert"] is null);

        await panel.Database.ExecuteAsync(
            "update public.server_hourly_billing_settings set cron_enabled = false, cron_schedule = '7 * * * *', hours_per_month = 720");
        (_, settings) = await app.GetAsync(OutsidePanel.Settings);
        Assert.Equal((false, "7 * * * *", 720, true), ((bool)settings["enabled"]!, $"{settings["schedule"]}",
            (int)settings["hoursPerMonth"]!, settings["alert"] is null));
    }

    [Fact]
    public async Task A_schedule_that_changes_while_a_run_works_is_what_the_panel_is_told_at_its_end()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var (app, gate) = (await panel.StartAppAsync(), new RequestGate());
        await app.PutAsync(OutsidePanel.Settings, new { enabled = true, schedule = "0 0 1 1 *" });
        panel.VirtFusion.Faults.Add("GET", "servers", Fault.Hold(gate), times: 1);
        var triggered = app.PostAsync(OutsidePanel.Trigger);
        await gate.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        await panel.Database.ExecuteAsync("update public.server_hourly_billing_settings set cron_schedule = '0 0 2 2 *'");
        gate.Open();
        Assert.Equal(HttpStatusCode.OK, (await triggered).Status);
        Assert.Equal("02-02", await panel.ScalarAsync<string>(
            "select to_char(next_cron_run at time zone 'UTC', 'MM-DD') from public.server_hourly_billing_settings"));
    }

    [Fact]
    public async Task The_panel_is_told_the_next_run_when_the_switch_or_the_schedule_is_changed_and_not_before_the_take_over()
    {
        const string ToldSql = "select concat_ws(' ', to_char(next_cron_run at time zone 'UTC', 'MM-DD'), last_cron_run) from " +
            "public.server_hourly_billing_settings";
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Database.ExecuteAsync(
            "insert into public.server_hourly_billing_settings (cron_enabled, next_cron_run) values (true, '2020-03-03')");
        var app = await panel.StartAppAsync(("Cron__Heartbeat__Schedule", "* * * * * *"));
        await app.PutAsync(OutsidePanel.Settings, new { schedule = "0 0 4 4 *" });
        Assert.Equal("03-03", await panel.ScalarAsync<string>(ToldSql));

        await app.PutAsync(OutsidePanel.Settings, new { enabled = true, schedule = "0 0 1 1 *" });
        Assert.Equal("01-01", await panel.ScalarAsync<string>(ToldSql));
        await panel.Database.ExecuteAsync(
            "update public.server_hourly_billing_settings set cron_schedule = '0 0 2 2 *', updated_at = '2026-01-01Z'");
        await panel.UntilAsync($"select ({ToldSql}) = '02-02'");
        Assert.True(await panel.ScalarAsync<bool>("select updated_at = '2026-01-01Z' from public.server_hourly_billing_settings"));
        await panel.Database.ExecuteAsync("update public.server_hourly_billing_settings set cron_enabled = false");
        await panel.UntilAsync($"select ({ToldSql}) = ''");
    }

    private static async Task RunsAsync(OutsidePanel panel)
    {
        var at = await panel.ScalarAsync<DateTime>("select clock_timestamp()");
        for (var tries = 0; !await panel.ScalarAsync<bool>(RunsOnSql, ("at", at)); tries++)
        {
            Assert.True(tries < 400);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
