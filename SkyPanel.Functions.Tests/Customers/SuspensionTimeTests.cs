using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>What a heartbeat does about suspensions within its time, while VirtFusion hangs.</summary>
public sealed class SuspensionTimeTests
{
    [Fact]
    public async Task A_heartbeat_whose_time_is_over_looks_at_no_other_server_and_the_next_one_continues()
    {
        await using var bench = await DueAsync();
        var looks = Looks(bench);
        await RunAsync(bench, "GET", "servers/1001");
        Assert.Equal(("ordered", "ordered", looks + 1),
            (await bench.StateAsync(1001), await bench.StateAsync(1002), Looks(bench)));

        await bench.SuspendAsync();
        Assert.Equal(("suspended", "suspended"), (await bench.StateAsync(1001), await bench.StateAsync(1002)));
    }

    [Fact]
    public async Task An_order_that_is_being_sent_when_the_time_is_over_is_finished_and_no_other_is_sent()
    {
        await using var bench = await DueAsync();
        await RunAsync(bench, "POST", "servers/1001/suspend");

        Assert.Equal(("suspended", "ordered", 1), (await bench.StateAsync(1001), await bench.StateAsync(1002), bench.Posts("suspend")));
    }

    [Fact]
    public async Task Who_paid_is_resumed_while_VirtFusion_leaves_the_interlocks_request_unanswered()
    {
        await using var bench = await DueAsync();
        await bench.SuspendAsync();
        await bench.AddAsync(2, 10, serverId: 1003);
        bench.VirtFusion.ShiftWallet(1, 1000);
        await bench.BeatAsync(1);
        await RunAsync(bench, "GET", "selfService/usage/", async () =>
            Assert.Equal(("resumed", "resumed"), (await bench.StateAsync(1001), await bench.StateAsync(1002))));

        Assert.Equal(0, bench.Posts("1003/suspend"));
    }

    // The time for sending passes while one request waits at VirtFusion.
    [Theory]
    [InlineData("selfService/usage/", "suspended", true)]
    [InlineData(CustomersBench.Balance, "ordered", false)]
    public async Task An_order_is_marked_as_sent_only_if_there_is_time_to_send_it(string slow, string state, bool isSent)
    {
        await using var bench = await DueAsync();
        await bench.Get<PolicyRun>().OrderAsync(CustomersBench.Cancel);
        await bench.Database.ExecuteAsync("update cron_service.wallet_readings set read_at = read_at - interval '30 seconds'");
        var (gate, time) = (new RequestGate(), new FakeTimeProvider());
        bench.VirtFusion.Faults.Add("GET", slow, Fault.Hold(gate), times: 1);
        var advancing = ActivatorUtilities.CreateInstance<SuspensionSteps>(bench.Panel.Services, time)
            .AdvanceAsync(await bench.AccountAsync(1), CustomersBench.Cancel);
        await gate.WaitForArrivalsAsync(1, CustomersBench.Cancel);
        time.Advance(TimeSpan.FromMinutes(1));
        gate.Open();
        await advancing;

        Assert.Equal((state, isSent), (await bench.StateAsync(1001), await bench.Database.ScalarAsync<bool>(
            "select sent_at is not null from cron_service.suspensions where server_id = 1001")));
    }

    private static HeartbeatTask TaskOf(CustomersBench bench) =>
        bench.Panel.Services.GetServices<HeartbeatTask>().Single(task => task.Name == "suspending and resuming servers");

    private static async Task<CustomersBench> DueAsync()
    {
        var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.AddAsync(1, 10, serverId: 1002);
        await bench.DueAsync(1);
        Assert.Equal(HeartbeatTask.QueueTime, TaskOf(bench).MaxTime);
        return bench;
    }

    // The time is over while a request waits at VirtFusion.
    private static async Task RunAsync(CustomersBench bench, string method, string path, Func<Task>? meanwhile = null)
    {
        var gate = new RequestGate();
        bench.VirtFusion.Faults.Add(method, path, Fault.Hold(gate), times: 1);
        using var over = new CancellationTokenSource();
        var running = TaskOf(bench).RunAsync(over.Token);
        await gate.WaitForArrivalsAsync(1, CustomersBench.Cancel);
        if (meanwhile is not null)
            await meanwhile();
        await over.CancelAsync();
        gate.Open();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static int Looks(CustomersBench bench) => bench.VirtFusion.Requests.Received.Count(request =>
        request.Method == "GET" && request.PathAndQuery.Contains("servers/100", StringComparison.Ordinal));
}
