using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class StopTests
{
    [Theory]
    [InlineData("GET", "servers", true)]
    [InlineData("GET", "servers", false)]
    [InlineData("POST", "selfService/credit/", false)]
    public async Task Asked_to_end_during_a_run_it_stops_at_a_safe_point(string method, string path, bool isAwaited)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        for (var server = 1; server <= 4; server++)
            await panel.Panel.AddServerAsync(server, userId: server, monthlyPrice: 50, OutsidePanel.HoursAgo(10));
        var app = await panel.StartAppAsync(("Jobs__LeaseTimeToLive", "00:01:00"), ("VirtFusion__MaxConcurrency", "1"));

        var gate = new RequestGate();
        panel.VirtFusion.Faults.Add(method, path, Fault.Hold(gate));
        using var caller = new CancellationTokenSource();
        var triggered = app.Http.PostAsync(OutsidePanel.Trigger, null, caller.Token);
        await gate.WaitForArrivalsAsync(1, ct);
        if (!isAwaited)
            await caller.CancelAsync();
        app.Terminate();
        await app.SaysAsync("is shutting down");
        gate.Open();

        Assert.Equal(0, await app.ExitAsync());
        Assert.Equal(isAwaited, await Task.WhenAny(triggered) == triggered && triggered.IsCompletedSuccessfully);
        Assert.Equal("cancelled", await panel.ScalarAsync<string>("select status from cron_service.runs"));
        Assert.Equal(await panel.ScalarAsync<long>("select count(*) from cron_service.charges"),
            await panel.ScalarAsync<long>("select hours_billed from cron_service.runs"));
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) from cron_service.leases where expires_at > now()"));
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) from cron_service.debits where state in ('sending', 'in_doubt')"));
        await panel.BooksBalanceAsync();

        panel.VirtFusion.Faults.Clear();
        await panel.SettleAsync(await panel.StartAppAsync());
        await panel.BooksBalanceAsync();
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) from cron_service.debits where state <> 'settled'"));
    }
}
