using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.VirtFusion;

public sealed class VirtFusionRegistrationTests
{
    [Fact]
    public async Task Reads_and_writes_share_the_places()
    {
        await using var bench = await VirtFusionBench.StartAsync(settings: ("MaxConcurrency", "3"));
        bench.AddServers(20);
        bench.Simulator.AddUser(5, 105, 100m);
        var gate = new RequestGate();
        bench.Simulator.Faults.Add("*", "", Fault.Hold(gate));

        var calls = Enumerable.Range(1, 20)
            .SelectMany(id => new Task[] { bench.Client.FindServerAsync(id, VirtFusionBench.Cancel), bench.TakeAsync(5, 1) })
            .ToArray();
        await gate.WaitForArrivalsAsync(3, VirtFusionBench.Cancel);
        gate.Open();
        await Task.WhenAll(calls);

        Assert.Equal(40, bench.Simulator.Requests.Received.Count);
        Assert.Equal(3, bench.Simulator.MaxConcurrentRequests);
        Assert.Equal(80m, bench.Simulator.Wallet(5));
    }

    [Fact]
    public async Task Reads_keep_their_connection_and_each_order_has_its_own()
    {
        await using var bench = await VirtFusionBench.StartAsync();
        bench.Simulator.AddUser(5, 105, 100m);
        for (var call = 0; call < 3; call++)
        {
            await bench.Client.FindServerAsync(1, VirtFusionBench.Cancel);
            await bench.TakeAsync(5, 1);
        }

        var connections = bench.Simulator.Requests.Received
            .GroupBy(request => request.Method, request => request.ConnectionId)
            .ToDictionary(group => group.Key, group => group.Distinct().Count());
        Assert.Equal((1, 3), (connections["GET"], connections["POST"]));
    }

    [Fact]
    public async Task Calls_keep_to_the_rate_and_retries_count()
    {
        await using var bench = await VirtFusionBench.StartAsync(settings: ("RequestsPerSecond", "10"));
        bench.Simulator.Faults.Add("GET", "servers/1", Fault.Answer(503).With("Retry-After", "0"));
        var clock = Stopwatch.StartNew();

        await Task.WhenAll(Enumerable.Range(1, 2).Select(_ => bench.Client.FindServerAsync(1, VirtFusionBench.Cancel)));

        // Six calls at ten a second: the first at once, the last half a second later.
        Assert.Equal(6, bench.Simulator.Requests.Received.Count);
        Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(400), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_read_that_hangs_is_cut_after_ten_seconds_and_tried_again()
    {
        var time = new FakeTimeProvider(VirtFusionBench.Created);
        await using var bench = await VirtFusionBench.StartAsync(time);
        bench.AddServers(1);
        var gate = new RequestGate();
        bench.Simulator.Faults.Add("GET", "servers/1", Fault.Hold(gate), times: 1);

        var finding = bench.Client.FindServerAsync(1, VirtFusionBench.Cancel);
        await gate.WaitForArrivalsAsync(1, VirtFusionBench.Cancel);
        time.Advance(TimeSpan.FromSeconds(10));
        await PassWaitAsync(time, finding, () => bench.Simulator.Requests.Received.Count == 2);

        Assert.IsType<ServerLookup.Found>(await finding);
        Assert.Equal(2, bench.Simulator.Requests.Received.Count);
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_the_token_stays_here()
    {
        await using var bench = await VirtFusionBench.StartAsync();
        await using var elsewhere = await VirtFusionSimulator.StartAsync(
            new() { ApiToken = VirtFusionBench.Token }, VirtFusionBench.Cancel);
        bench.Simulator.Faults.Add("*", "", Fault.Answer(307).With("Location", $"{elsewhere.BaseAddress}servers/1"));

        Assert.Equal(new ServerLookup.Unknown("status 307"), await bench.Client.FindServerAsync(1, VirtFusionBench.Cancel));
        Assert.Equal(new CreditOutcome.InDoubt("status 307"), await bench.TakeAsync(5, 1));
        Assert.Empty(elsewhere.Requests.Received);
    }

    [Fact]
    public async Task A_rotated_token_and_a_moved_panel_need_no_restart_not_even_within_retries()
    {
        var time = new FakeTimeProvider(VirtFusionBench.Created);
        await using var bench = await VirtFusionBench.StartAsync(time);
        await using var elsewhere = await VirtFusionSimulator.StartAsync(new() { ApiToken = "rotated" }, VirtFusionBench.Cancel);
        elsewhere.AddServer(1, 1, VirtFusionBench.Created);
        var gate = new RequestGate();
        bench.Simulator.Faults.Add("GET", "servers/1", Fault.Hold(gate), times: 1);
        bench.Simulator.Faults.Add("GET", "servers/1", Fault.Answer(500));

        var finding = bench.Client.FindServerAsync(1, VirtFusionBench.Cancel);
        await gate.WaitForArrivalsAsync(1, VirtFusionBench.Cancel);
        bench.Connection.Use(elsewhere.BaseAddress.ToString(), "rotated");
        bench.Simulator.Faults.Clear();
        time.Advance(TimeSpan.FromSeconds(10));
        await PassWaitAsync(time, finding, () => elsewhere.Requests.Received.Count == 1);

        Assert.IsType<ServerLookup.Found>(await finding);
        Assert.Single(elsewhere.Requests.Received);
    }

    [Fact]
    public async Task The_token_reaches_no_log_however_much_is_logged()
    {
        using var log = new Lines();
        await using var bench = await VirtFusionBench.StartAsync(log: log);
        bench.Simulator.Faults.Add("GET", "servers/1", Fault.Answer(503).With("Retry-After", "0"), times: 1);

        await bench.Client.FindServerAsync(1, VirtFusionBench.Cancel);
        await bench.TakeAsync(5, 1);
        await bench.Simulator.DisposeAsync();
        await bench.TakeAsync(5, 1);

        // Polly's: the platform's own are off.
        Assert.Contains(log.Seen, line => line.Contains("virtfusion-reads", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Seen, line => line.Contains(VirtFusionBench.Token, StringComparison.Ordinal));
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentBag<string> Seen { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Seen.Add($"{formatter(state, exception)} {exception}");

        public void Dispose() { }
    }

    // The next attempt begins after a wait of random length on the clock, which stands still from then on: its answer may take as long as
    // it likes.
    private static async Task PassWaitAsync(FakeTimeProvider time, Task finding, Func<bool> hasBegun)
    {
        for (; !finding.IsCompleted; await Task.WhenAny(finding, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System,
            VirtFusionBench.Cancel)))
        {
            if (!hasBegun())
                time.Advance(TimeSpan.FromMilliseconds(100));
        }
    }
}
