using System.Globalization;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Metering;

namespace SkyPanel.Benchmarks;

/// <summary>Measures a run that charges ten hours of a fleet, compared with a plain insert of as many rows of the same width and keys.
/// Calls to VirtFusion are left out.</summary>
internal static class FleetBenchmark
{
    private const int Hours = 10;
    private static readonly DateTimeOffset Start = new(2026, 3, 10, 0, 0, 0, TimeSpan.Zero);

    private const string BaselineTableSql = """
        drop table if exists cron_service.baseline;
        create table cron_service.baseline (like cron_service.charges including all)
        """;

    private const string BaselineSql = """
        insert into cron_service.baseline (server_id, hour_start, run_id, account_id, terms_id, seconds_billed, seconds_counted, amount)
        select s, @start + h * interval '1 hour', 1, s % 10000, s, 3600, 3600, 0.013699
        from generate_series(@first, @last) as s, generate_series(0, @hours - 1) as h
        """;

    public static async Task RunAsync(int servers)
    {
        await using var panel = await BenchmarkPanel.StartAsync(("Jobs:LeaseTimeToLive", "00:10:00"));
        Console.WriteLine("| servers | server-hours | plain insert, ms | run, ms | ratio | peak memory of the run, MB |");
        Console.WriteLine("|---|---|---|---|---|---|");
        var (first, times) = (1, new List<(int Servers, double Ms, long Bytes)>());
        foreach (var size in new[] { servers / 100, servers / 100, servers / 10, servers })
        {
            var last = first + size - 1;
            await FleetRows.InsertAsync(panel.Source, first, last, size, Start);
            var plain = await PlainAsync(panel.Source, first, last);
            var (run, bytes) = await ChargeAsync(panel, first, last);
            if (times.Count > 0) // The first round warms up.
                Console.WriteLine(FormattableString.Invariant(
                    $"| {size} | {size * Hours} | {plain:0} | {run:0} | {run / plain:0.00} | {bytes / 1048576.0:0.0} |"));
            times.Add((size, run, bytes));
            first = last + 1;
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"10 x the servers take {times[^1].Ms / times[^2].Ms:0.00} x the time; peak memory " +
            $"{times[^1].Bytes / (double)times[^3].Bytes:0.00} x that of {times[^3].Servers * Hours} server-hours"));
    }

    private static async Task<double> PlainAsync(NpgsqlDataSource source, int first, int last)
    {
        await source.ExecuteAsync(BaselineTableSql, default);
        var startedAt = Stopwatch.GetTimestamp();
        await source.ExecuteAsync(BaselineSql, default, ("start", Start.UtcDateTime), ("first", first), ("last", last), ("hours", Hours));
        var elapsed = Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds;
        await source.RunAloneAsync("checkpoint");
        return elapsed;
    }

    // Measures the part of a run between VirtFusion's answers and the delivery of debits.
    private static async Task<(double Ms, long Bytes)> ChargeAsync(BenchmarkPanel panel, int first, int last)
    {
        var (run, log, leases, observer) = (panel.Services.GetRequiredService<BillingRun>(), panel.Services.GetRequiredService<RunLog>(),
            panel.Services.GetRequiredService<Leases>(), panel.Services.GetRequiredService<Observer>());
        // The servers are observed at the start of the first hour already, as in any later run.
        ServerState[] StatesAt(DateTimeOffset at) =>
            [.. Enumerable.Range(1, last).Select(id => new ServerState(id, at, at, true, false, true, null, Start.AddDays(-1)))];
        await using (var connection = await panel.Source.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await observer.RecordAsync(connection, new(Start, StatesAt(Start), true, [], Start), 730, default);
            await PanelHours.PassOverAsync(connection, Start, "benchmark", default);
            await transaction.CommitAsync();
        }
        var reading = new Reading(Start.AddHours(Hours), StatesAt(Start.AddHours(Hours)), true, [], Start.AddHours(Hours));
        await panel.Source.RunAloneAsync("vacuum analyze");
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        PeakMemory.Begin();
        var startedAt = Stopwatch.GetTimestamp();
        var runId = await log.OpenAsync("hourly-billing", RunTrigger.Manual, "benchmark", null, 0, default) ?? 0;
        var fence = await leases.AcquireAsync("hourly-billing", "benchmark", default)
            ?? throw new InvalidOperationException("Another run executes.");
        var result = await run.ChargeAsync(runId, fence, reading, 730, false, Start.AddHours(Hours), default);
        await log.CloseAsync(runId, new(RunStatus.Succeeded, null, [], result.Servers, result.Hours, result.Amount), null);
        await leases.ReleaseAsync(fence);
        var elapsed = Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds;
        if (result.Hours != (last - first + 1) * Hours)
            throw new InvalidOperationException($"{result.Hours} server-hours were charged, not {(last - first + 1) * Hours}.");
        return (elapsed, PeakMemory.End());
    }
}
