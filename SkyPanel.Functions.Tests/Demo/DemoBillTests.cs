using SkyPanel.Demo;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Demo;

public sealed class DemoBillTests
{
    [Fact]
    public async Task A_restart_of_the_demo_keeps_an_operators_off_and_starts_no_run()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 73, OutsidePanel.HoursAgo(3));
        var app = await panel.StartAppAsync(("Cron__HourlyBilling__Schedule", "0 0 1 1 *"));
        var demo = new DemoBill(app.Http.BaseAddress!.ToString().TrimEnd('/'), AppProcess.AdminKey, enablesTopUps: false);

        await demo.PrintAsync(ct);
        Assert.Equal((true, 1L), await StateAsync());

        await app.PutAsync(OutsidePanel.Settings, new { enabled = false, note = "moving house" });
        await demo.PrintAsync(ct);
        Assert.Equal((false, 1L), await StateAsync());

        async Task<(bool, long)> StateAsync() => (
            await panel.ScalarAsync<bool>("select enabled from cron_service.jobs where job = 'hourly-billing'"),
            await panel.ScalarAsync<long>("select count(*) from cron_service.runs where job = 'hourly-billing'"));
    }
}
