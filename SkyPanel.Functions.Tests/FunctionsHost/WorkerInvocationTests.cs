using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Tests.FunctionsHost.Protocol;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.FunctionsHost;

public sealed class WorkerInvocationTests
{
    [Fact]
    public async Task Timers_run_are_cancelled_and_the_worker_ends_as_its_host_asks()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(10));
        await using var host = await FunctionsHost.StartAsync(panel.Environment());

        var gate = new RequestGate();
        panel.VirtFusion.Faults.Add("GET", "servers", Fault.Hold(gate));
        var cancelled = host.FireAsync("Heartbeat", "first", ct);
        await gate.WaitForArrivalsAsync(1, ct);
        Assert.False(cancelled.IsCompleted);
        host.Cancel("first");
        Assert.NotEqual(StatusResult.Types.Status.Failure, (await cancelled).Status);
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) from cron_service.observations"));
        gate.Open();

        panel.VirtFusion.Faults.Clear();
        Assert.Equal(StatusResult.Types.Status.Success, (await host.FireAsync("Heartbeat", "second", ct, isPastDue: true)).Status);
        Assert.Equal(1, await panel.ScalarAsync<long>("select count(*) from cron_service.observations"));

        Assert.Equal(0, await host.TerminateAsync());
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) from cron_service.leases where expires_at > now()"));
    }
}
