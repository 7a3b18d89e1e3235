using System.Net;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Scheduling;

/// <summary>Tables of settings that lack a column that the panel's own have.</summary>
public sealed class AbsentColumnsTests
{
    [Theory]
    [InlineData("alter table public.server_hourly_billing_settings drop updated_at")]
    [InlineData("alter table public.server_hourly_billing_settings drop hours_per_month")]
    [InlineData("alter table public.server_hourly_billing_settings drop cron_schedule")]
    [InlineData("alter table public.settings drop updated_at")]
    [InlineData("alter table public.server_hourly_billing_settings drop updated_at, drop hours_per_month, drop cron_schedule; " +
        "alter table public.settings drop updated_at")]
    public async Task Hourly_billing_is_taken_over_and_changed_all_the_same(string change)
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Database.ExecuteAsync($"""
            insert into public.server_hourly_billing_settings default values;
            insert into public.settings (key, value) values ('server_hourly_billing_enabled', 'false');
            {change}
            """);
        var app = await panel.StartAppAsync();

        var (status, body) = await app.PutAsync(OutsidePanel.Settings, new { enabled = true, schedule = "7 * * * *", hoursPerMonth = 720 });

        Assert.Equal((HttpStatusCode.OK, true, "7 * * * *", 720), (status, body["enabled"]!.GetValue<bool>(),
            $"{body["schedule"]}", body["hoursPerMonth"]!.GetValue<int>()));
        body = (await app.GetAsync(OutsidePanel.Settings)).Body;
        Assert.Equal((true, "7 * * * *", 720), (body["enabled"]!.GetValue<bool>(), $"{body["schedule"]}",
            body["hoursPerMonth"]!.GetValue<int>()));
        Assert.Null(body["alert"]);
        Assert.Equal("true true", await panel.ScalarAsync<string>("""
            select (select cron_enabled from public.server_hourly_billing_settings) || ' '
                || (select value from public.settings where key = 'server_hourly_billing_enabled')
            """));
        var doctor = (await app.GetAsync("/api/admin/doctor")).Body["findings"]!.AsArray();
        Assert.Equal("ok", $"{doctor.Single(finding => $"{finding!["name"]}" == "settings")!["state"]}");
    }
}
