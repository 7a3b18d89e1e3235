using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class TakeOverTests
{
    private const string RunsSql = "select count(*) from cron_service.runs where trigger <> 'manual' and status <> 'skipped'";
    private const string UpdatedSql = "select updated_at from public.server_hourly_billing_settings";

    [Fact]
    public async Task Off_until_an_admin_enables_it_and_then_on_the_minute()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(10));
        await panel.Database.ExecuteAsync("""
            insert into public.server_hourly_billing_settings (cron_enabled, cron_schedule, updated_at)
                values (true, '* * * * * *', now() - interval '1 day')
            """);
        var updatedAt = await panel.ScalarAsync<DateTime>(UpdatedSql);
        // Each second: were it on, it would run at once.
        var app = await panel.StartAppAsync(("Cron__HourlyBilling__Schedule", "* * * * * *"));

        var status = await StatusAsync(app);
        Assert.False(status["enabled"]!.GetValue<bool>());
        Assert.False(status["isRunning"]!.GetValue<bool>());
        Assert.Null(status["nextRun"]);
        Assert.Null(status["takenOverAt"]);

        var manual = (await app.PostAsync(OutsidePanel.Trigger)).Body;
        Assert.True(manual["success"]!.GetValue<bool>());
        Assert.NotEqual("0.000000", manual["result"]!["totalBilled"]!.GetValue<string>());
        Assert.Equal(updatedAt, await panel.ScalarAsync<DateTime>(UpdatedSql));
        Assert.True(await panel.ScalarAsync<bool>(
            "select last_cron_run > now() - interval '1 minute' and next_cron_run is null from public.server_hourly_billing_settings"));

        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, ct);
        Assert.Equal(0, await panel.ScalarAsync<long>(RunsSql));

        await RealClock.AwayFromAFullMinuteAsync();
        var enabled = (await app.PutAsync(OutsidePanel.Settings, new { enabled = true, schedule = "* * * * *",
            note = "we bill now" })).Body;
        Assert.True(enabled["enabled"]!.GetValue<bool>());
        Assert.Equal(5, enabled["nextRuns"]!.AsArray().Count);
        Assert.Equal("bootstrap-key", enabled["takenOverBy"]!.GetValue<string>());
        var next = (await StatusAsync(app))["nextRun"]!.GetValue<DateTime>();
        Assert.Equal(enabled["nextRuns"]![0]!.GetValue<DateTime>(), next);
        var enabledAt = await panel.ScalarAsync<DateTime>(UpdatedSql);
        Assert.True(enabledAt > updatedAt);

        await panel.UntilAsync("select exists (select from cron_service.runs where trigger = 'schedule' and status = 'succeeded')");
        Assert.Equal(next, await panel.ScalarAsync<DateTime>(
            "select scheduled_for from cron_service.runs where trigger = 'schedule' order by id"));
        Assert.InRange(await panel.ScalarAsync<double>(
            "select extract(epoch from started_at - scheduled_for)::double precision from cron_service.runs where trigger = 'schedule' " +
            "order by id"), -0.01, 10);
        Assert.Equal(enabledAt, await panel.ScalarAsync<DateTime>(UpdatedSql));
        await panel.UntilAsync("select next_cron_run > now() and date_part('second', next_cron_run) = 0 from " +
            "public.server_hourly_billing_settings");

        await panel.Database.ExecuteAsync("update public.server_hourly_billing_settings set cron_enabled = false");
        Assert.False((await StatusAsync(app))["enabled"]!.GetValue<bool>());
        await panel.Database.ExecuteAsync("update public.server_hourly_billing_settings set cron_enabled = true");
        Assert.True((await StatusAsync(app))["enabled"]!.GetValue<bool>());
    }

    [Fact]
    public async Task A_stored_schedule_that_cannot_be_read_keeps_the_last_good_one_and_tells()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync(("Cron__HourlyBilling__Schedule", "* * * * * *"), ("Cron__Heartbeat__Schedule", "* * * * * *"));
        await app.PutAsync(OutsidePanel.Settings, new { enabled = true, schedule = "15 */2 * * *", timeZone = "Europe/Berlin" });
        foreach (var bad in new[] { "every hour", "", "99 * * * *", "0 0 30 2 *", new string('*', 5000) })
        {
            await panel.Database.ExecuteAsync("update public.server_hourly_billing_settings set cron_schedule = @bad", ("bad", bad));
            var status = await StatusAsync(app);
            Assert.Equal(("15 */2 * * *", "Europe/Berlin", true), (status["schedule"]!.GetValue<string>(),
                status["timeZone"]!.GetValue<string>(), status["enabled"]!.GetValue<bool>()));
            Assert.Contains("15 */2 * * *", status["alert"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.NotNull(status["nextRun"]);
        }
        await panel.Database.ExecuteAsync(
            "update public.server_hourly_billing_settings set cron_schedule = '0 * * * *', hours_per_month = 9000");
        Assert.Contains("hours_per_month", (await StatusAsync(app))["alert"]!.GetValue<string>(), StringComparison.Ordinal);
        await panel.Database.ExecuteAsync("update public.server_hourly_billing_settings set hours_per_month = 720");
        Assert.Null((await StatusAsync(app))["alert"]);
        Assert.Equal("0 * * * *", (await StatusAsync(app))["schedule"]!.GetValue<string>());

        var put = (await app.PutAsync(OutsidePanel.Settings, new { note = "only this" })).Body;
        Assert.Equal(("0 * * * *", "Europe/Berlin", 720, true, "only this"),
            (put["schedule"]!.GetValue<string>(), put["timeZone"]!.GetValue<string>(),
            put["hoursPerMonth"]!.GetValue<int>(), put["enabled"]!.GetValue<bool>(), put["note"]!.GetValue<string>()));
        Assert.False((await app.PutAsync(OutsidePanel.Settings, new { enabled = false })).Body["enabled"]!.GetValue<bool>());
        Assert.Null((await StatusAsync(app))["nextRun"]);
    }

    private static async Task<JsonNode> StatusAsync(AppProcess app) =>
        (await app.GetAsync(OutsidePanel.Status)).Body["cronStatus"]!["hourlyBilling"]!;
}
