using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>A PayPal that answers nothing keeps no heartbeat, and nothing is lost when the heartbeat goes on.</summary>
public sealed class HangingPayPalTests
{
    [Fact]
    public async Task A_heartbeat_leaves_what_PayPal_does_not_show_in_time_to_the_next_one()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        await bench.Get<TopUpClaims>().WakeAsync(topUp.Id, PayPalBench.Cancel);
        var task = TaskOf(bench);
        Assert.Equal(HeartbeatTask.QueueTime, task.MaxTime);

        var gate = await StopAsync(bench, task, "GET", PayPalBench.Orders, waitsForAnswer: false);
        Assert.Equal(0, (await bench.FindAsync(topUp.Id)).FailedSteps);
        gate.Open();
        await task.RunAsync(PayPalBench.Cancel);

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
    }

    [Fact]
    public async Task A_capture_that_is_being_sent_is_waited_for()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        await bench.Get<TopUpClaims>().WakeAsync(topUp.Id, PayPalBench.Cancel);
        var task = TaskOf(bench);

        await StopAsync(bench, task, "POST", $"{PayPalBench.Orders}/{topUp.OrderId}/capture", waitsForAnswer: true);
        Assert.Equal(TopUpState.Captured, (await bench.FindAsync(topUp.Id)).State);
        await task.RunAsync(PayPalBench.Cancel);

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
    }

    private static HeartbeatTask TaskOf(PayPalBench bench) =>
        bench.Panel.Services.GetServices<HeartbeatTask>().Single(task => task.Name == "following top-ups");

    private static async Task<RequestGate> StopAsync(PayPalBench bench, HeartbeatTask task, string method, string path, bool waitsForAnswer)
    {
        var gate = new RequestGate();
        bench.PayPal.Faults.Add(method, path, Fault.Hold(gate), times: 1);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(PayPalBench.Cancel);
        var running = task.RunAsync(over.Token);
        await gate.WaitForArrivalsAsync(1, PayPalBench.Cancel);
        await over.CancelAsync();
        if (waitsForAnswer)
            gate.Open();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        return gate;
    }
}
