using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.WhatIf;

namespace SkyPanel.Benchmarks;

/// <summary>Measures the simulation of a month with other prices, and billing runs with and without concurrent simulations.</summary>
internal static class SimulationBenchmark
{
    private const string Month = "2026-03";
    private const int MonthHours = 744, RunHours = 10, Rounds = 3;
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    public static async Task RunAsync(int servers)
    {
        await using var panel = await BenchmarkPanel.StartAsync();
        await FleetRows.InsertAsync(panel.Source, 1, servers, servers, Start);
        await RecordAsync(panel, servers, Start);
        await RecordAsync(panel, servers, Start.AddHours(MonthHours));
        await panel.Source.RunAloneAsync("vacuum analyze");

        Console.WriteLine("| servers | server-hours | simulation, s | peak memory, MB |");
        Console.WriteLine("|---|---|---|---|");
        for (var round = 0; round <= Rounds; round++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            PeakMemory.Begin();
            var seconds = await SimulateAsync(panel, default);
            var bytes = PeakMemory.End();
            if (round > 0) // The first round warms up.
                Console.WriteLine(FormattableString.Invariant(
                    $"| {servers} | {(long)servers * MonthHours} | {seconds:0.00} | {bytes / 1048576.0:0.0} |"));
        }

        var end = Start.AddHours(RunHours);
        await ChargeAsync(panel, servers, end);
        Console.WriteLine();
        Console.WriteLine("| servers | server-hours of a run | run alone, ms | run with simulations, ms | simulations |");
        Console.WriteLine("|---|---|---|---|---|");
        for (var round = 0; round < Rounds; round++)
        {
            var alone = await ChargeAsync(panel, servers, end = end.AddHours(RunHours));
            using var stop = new CancellationTokenSource();
            var simulations = SimulateUntilAsync(panel, stop.Token);
            var concurrent = await ChargeAsync(panel, servers, end = end.AddHours(RunHours));
            await stop.CancelAsync();
            Console.WriteLine(FormattableString.Invariant(
                $"| {servers} | {servers * RunHours} | {alone:0} | {concurrent:0} | {await simulations} |"));
        }
    }

    private static async Task<double> SimulateAsync(BenchmarkPanel panel, CancellationToken ct)
    {
        var (scratch, simulations) = (panel.Services.GetRequiredService<ScratchTransaction>(),
            panel.Services.GetRequiredService<Simulations>());
        var startedAt = Stopwatch.GetTimestamp();
        var simulation = await scratch.TryAsync(connection => simulations.ComputeAsync(
            connection, Month, Change.None with { PriceFactor = 1.1m }, Comparison.MaxRows, ct), ct);
        return simulation is { Difference: > 0 } ? Stopwatch.GetElapsedTime(startedAt).TotalSeconds
            : throw new InvalidOperationException("Prices that are 10 % higher cost no more.");
    }

    // Runs one simulation after the other; the last one is cancelled.
    private static async Task<int> SimulateUntilAsync(BenchmarkPanel panel, CancellationToken stop)
    {
        for (var done = 0; ; done++)
        {
            try
            {
                await SimulateAsync(panel, stop);
            }
            catch (OperationCanceledException)
            {
                return done + 1;
            }
        }
    }

    private static async Task RecordAsync(BenchmarkPanel panel, int servers, DateTimeOffset at)
    {
        await using var connection = await panel.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await panel.Services.GetRequiredService<Observer>().RecordAsync(connection, ReadingOf(servers, at), 730, default);
        await transaction.CommitAsync();
    }

    private static async Task<double> ChargeAsync(BenchmarkPanel panel, int servers, DateTimeOffset until)
    {
        var (run, log, leases) = (panel.Services.GetRequiredService<BillingRun>(), panel.Services.GetRequiredService<RunLog>(),
            panel.Services.GetRequiredService<Leases>());
        var reading = ReadingOf(servers, until);
        var startedAt = Stopwatch.GetTimestamp();
        var runId = await log.OpenAsync("hourly-billing", RunTrigger.Manual, "benchmark", null, 0, default) ?? 0;
        var fence = await leases.AcquireAsync("hourly-billing", "benchmark", default)
            ?? throw new InvalidOperationException("Another run executes.");
        var result = await run.ChargeAsync(runId, fence, reading, 730, false, until, default);
        await log.CloseAsync(runId, new(RunStatus.Succeeded, null, [], result.Servers, result.Hours, result.Amount), null);
        await leases.ReleaseAsync(fence);
        return Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds;
    }

    private static Reading ReadingOf(int servers, DateTimeOffset at) => new(at, [.. Enumerable.Range(1, servers)
        .Select(id => new ServerState(id, at, at, true, false, true, null, Start.AddDays(-1)))], true, [], at);
}
