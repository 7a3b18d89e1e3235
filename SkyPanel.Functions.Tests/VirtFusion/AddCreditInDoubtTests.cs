using Microsoft.Extensions.Time.Testing;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.VirtFusion;

/// <summary>The line between an order that certainly did not act and one that may have.</summary>
public sealed class AddCreditInDoubtTests
{
    private const string Credit = "selfService/credit/byUserExtRelationId/";

    [Theory]
    [InlineData(false, 100)]
    [InlineData(true, 90)]
    public async Task A_connection_cut_after_sending_is_a_doubt_whatever_the_wallet_did(bool moved, int wallet)
    {
        await using var bench = await StartAsync();
        bench.Simulator.Faults.Add("POST", Credit, moved ? Fault.Reset().AfterActing() : Fault.Reset());

        Assert.IsType<CreditOutcome.InDoubt>(await bench.TakeAsync(5, 10));
        Assert.Equal(wallet, bench.Simulator.Wallet(5));
        Assert.Equal(1, bench.Simulator.Requests.Count("POST", Credit));
    }

    [Fact]
    public async Task A_yes_that_breaks_off_is_a_doubt()
    {
        await using var bench = await StartAsync();
        bench.Simulator.Faults.Add("POST", Credit, Fault.CutShort(201, """{"data":{"id":1}}""").AfterActing());

        Assert.IsType<CreditOutcome.InDoubt>(await bench.TakeAsync(5, 10));
        Assert.Equal(90m, bench.Simulator.Wallet(5));
    }

    [Fact]
    public async Task No_answer_within_30_seconds_is_a_doubt()
    {
        var time = new FakeTimeProvider(VirtFusionBench.Created);
        await using var bench = await StartAsync(time);
        var gate = new RequestGate();
        bench.Simulator.Faults.Add("POST", Credit, Fault.Hold(gate).AfterActing());

        var taking = bench.TakeAsync(5, 10);
        await gate.WaitForArrivalsAsync(1, VirtFusionBench.Cancel);
        time.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(new CreditOutcome.InDoubt("no answer within 30 s"), await taking);
        Assert.Equal(90m, bench.Simulator.Wallet(5));
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}", "ConnectionError")]
    [InlineData("https://nowhere.invalid", "NameResolutionError")]
    public async Task An_order_that_found_no_one_is_refused(string address, string reason)
    {
        await using var bench = await StartAsync();
        await bench.Simulator.DisposeAsync();
        bench.Connection.Use(string.Format(null, address, bench.Simulator.BaseAddress.Port), VirtFusionBench.Token);

        var refused = Assert.IsType<CreditOutcome.Refused>(await bench.TakeAsync(5, 10));

        Assert.Equal(0, refused.Status);
        Assert.StartsWith(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_without_a_trusted_connection_is_refused()
    {
        await using var bench = await StartAsync();
        bench.Connection.Use($"https://127.0.0.1:{bench.Simulator.BaseAddress.Port}", VirtFusionBench.Token);

        var refused = Assert.IsType<CreditOutcome.Refused>(await bench.TakeAsync(5, 10));

        Assert.StartsWith("SecureConnectionError", refused.Message, StringComparison.Ordinal);
        Assert.Empty(bench.Simulator.Credits);
    }

    [Fact]
    public async Task An_order_is_refused_while_nothing_is_configured()
    {
        await using var bench = await VirtFusionBench.StartAsync(settings: [("BaseUrl", ""), ("ApiToken", "")]);

        Assert.False(bench.Connection.IsConfigured);
        var refused = Assert.IsType<CreditOutcome.Refused>(await bench.TakeAsync(5, 10));
        Assert.Equal("NameResolutionError: VirtFusion's address and token are not configured", refused.Message);
    }

    [Fact]
    public async Task An_order_that_stood_in_line_past_its_deadline_is_not_sent()
    {
        var time = new FakeTimeProvider(VirtFusionBench.Created);
        await using var bench = await StartAsync(time, ("MaxConcurrency", "1"));
        var gate = new RequestGate();
        bench.Simulator.Faults.Add("GET", "servers/1", Fault.Hold(gate));
        var reading = bench.Client.FindServerAsync(1, VirtFusionBench.Cancel);
        await gate.WaitForArrivalsAsync(1, VirtFusionBench.Cancel);

        var deadline = new SendDeadline(time, TimeSpan.FromSeconds(5));
        var taking = bench.Client.AddCreditAsync(5, -10, 1, "late", deadline, VirtFusionBench.Cancel);
        time.Advance(TimeSpan.FromSeconds(5));
        gate.Open();

        Assert.Equal(new CreditOutcome.TooLate(), await taking);
        Assert.Equal(0, bench.Simulator.Requests.Count("POST", ""));
        await reading;
    }

    [Fact]
    public async Task Cancelling_in_line_sends_nothing()
    {
        await using var bench = await StartAsync(null, ("MaxConcurrency", "1"));
        var gate = new RequestGate();
        bench.Simulator.Faults.Add("GET", "servers/1", Fault.Hold(gate));
        var reading = bench.Client.FindServerAsync(1, VirtFusionBench.Cancel);
        await gate.WaitForArrivalsAsync(1, VirtFusionBench.Cancel);
        using var cancel = new CancellationTokenSource();

        var taking = bench.TakeAsync(5, 10, cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => taking);
        gate.Open();
        await reading;
        Assert.Equal(0, bench.Simulator.Requests.Count("POST", ""));
    }

    [Fact]
    public async Task Cancelling_after_sending_still_brings_the_outcome_home()
    {
        await using var bench = await StartAsync();
        var gate = new RequestGate();
        bench.Simulator.Faults.Add("POST", Credit, Fault.Hold(gate).AfterActing());
        using var cancel = new CancellationTokenSource();

        var taking = bench.TakeAsync(5, 10, cancel.Token);
        await gate.WaitForArrivalsAsync(1, VirtFusionBench.Cancel);
        await cancel.CancelAsync();
        gate.Open();

        Assert.Equal(new CreditOutcome.Accepted("1"), await taking);
    }

    [Fact]
    public async Task A_body_is_written_once_whoever_asks_again()
    {
        using var content = new OrderContent(new() { ["tokens"] = -1 }, VirtFusionBench.Soon());
        await content.CopyToAsync(Stream.Null, VirtFusionBench.Cancel);

        await Assert.ThrowsAsync<InvalidOperationException>(() => content.CopyToAsync(Stream.Null, VirtFusionBench.Cancel));
    }

    [Fact]
    public async Task Orders_on_wires_that_break_at_random_are_never_moved_twice()
    {
        await using var bench = await StartAsync();
        bench.Simulator.Faults.Add("POST", Credit, Fault.Reset(), perThousand: 250);
        bench.Simulator.Faults.Add("POST", Credit, Fault.Reset().AfterActing(), perThousand: 250);

        var outcomes = await Task.WhenAll(Enumerable.Range(1, 100).Select(order => bench.Client.AddCreditAsync(
            5, -1, order, "random", VirtFusionBench.Soon(), VirtFusionBench.Cancel)));

        var moved = bench.Simulator.Credits.Select(credit => credit.Reference1).ToArray();
        Assert.Equal(moved.Length, moved.Distinct().Count());
        Assert.All(outcomes.Index(), outcome => Assert.True(
            outcome.Item is CreditOutcome.InDoubt || (outcome.Item is CreditOutcome.Accepted && moved.Contains(outcome.Index + 1))));
        Assert.Equal(100, bench.Simulator.Requests.Count("POST", Credit));
    }

    private static async Task<VirtFusionBench> StartAsync(TimeProvider? time = null, params (string Name, string Value)[] settings)
    {
        var bench = await VirtFusionBench.StartAsync(time, settings: settings);
        bench.Simulator.AddUser(5, 105, 100m);
        return bench;
    }
}
