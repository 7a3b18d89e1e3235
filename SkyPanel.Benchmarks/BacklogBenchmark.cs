using System.Globalization;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Metering;

namespace SkyPanel.Benchmarks;

/// <summary>Measures one run that charges the backlog of an outage, compared with a run of one hour of the same fleet, and the integrity
/// check afterwards. Calls to VirtFusion are left out.</summary>
internal static class BacklogBenchmark
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan TimeBox = TimeSpan.FromMinutes(25);

    /// <param name="hours">At least 2.</param>
    /// <returns>True when the run took no longer than one time box.</returns>
    public static async Task<bool> RunAsync(int servers, int hours)
    {
        await using var panel = await BenchmarkPanel.StartAsync(("Billing:MaxCatchUp", "366.00:00:00"),
            ("Jobs:LeaseTimeToLive", "00:10:00"));
        await FleetRows.InsertAsync(panel.Source, 1, servers, servers, Start);
        var hour = await ChargeAsync(panel.Services, servers, Start.AddHours(1));
        var backlog = await ChargeAsync(panel.Services, servers, Start.AddHours(hours));
        Console.WriteLine("| servers | hours | server-hours | run, s | server-hours a second | peak memory of the run, MB |");
        Console.WriteLine("|---|---|---|---|---|---|");
        PrintRow(1, hour);
        PrintRow(hours - 1, backlog);
        Console.WriteLine(FormattableString.Invariant(
            $"peak memory {backlog.Bytes / (double)hour.Bytes:0.00} x that of one hour; the time box is {TimeBox.TotalMinutes} minutes"));
        await CheckAsync(panel, hour.Hours + backlog.Hours);
        return backlog.Elapsed <= TimeBox;

        void PrintRow(int span, (long Hours, TimeSpan Elapsed, long Bytes) run) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {servers} | {span} | {run.Hours} | {run.Elapsed.TotalSeconds:0.0} | {run.Hours / run.Elapsed.TotalSeconds:0} | " +
                $"{run.Bytes / 1048576.0:0.0} |"));
    }

    /// <summary>Charges the hours up to a time at which all servers are observed as billable.</summary>
    private static async Task<(long Hours, TimeSpan Elapsed, long Bytes)> ChargeAsync(IServiceProvider services, int servers,
        DateTimeOffset until)
    {
        var (run, log, leases) = (services.GetRequiredService<BillingRun>(), services.GetRequiredService<RunLog>(),
            services.GetRequiredService<Leases>());
        var states = Enumerable.Range(1, servers)
            .Select(id => new ServerState(id, until, until, true, false, true, null, Start.AddDays(-1))).ToArray();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        PeakMemory.Begin();
        var startedAt = Stopwatch.GetTimestamp();
        var runId = await log.OpenAsync("hourly-billing", RunTrigger.Manual, "benchmark", null, 0, default) ?? 0;
        var fence = await leases.AcquireAsync("hourly-billing", "benchmark", default)
            ?? throw new InvalidOperationException("Another run executes.");
        using var ended = new CancellationTokenSource();
        var renewing = RenewAsync(leases, fence, ended.Token);
        var result = await run.ChargeAsync(runId, fence, new(until, states, true, [], until), 730, false, until, default);
        await log.CloseAsync(runId, new(RunStatus.Succeeded, null, [], result.Servers, result.Hours, result.Amount), null);
        var elapsed = Stopwatch.GetElapsedTime(startedAt);
        var bytes = PeakMemory.End();
        await ended.CancelAsync();
        await renewing;
        await leases.ReleaseAsync(fence);
        return (result.Hours, elapsed, bytes);
    }

    // Adds up the books as a monitoring run does.
    private static async Task CheckAsync(BenchmarkPanel panel, long charges)
    {
        await panel.Source.RunAloneAsync("vacuum analyze");
        var startedAt = Stopwatch.GetTimestamp();
        var report = await panel.Services.GetRequiredService<Integrity>().CheckAsync(default);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"the integrity check of {charges} charges took {Stopwatch.GetElapsedTime(startedAt).TotalSeconds:0.0} s, ok: {report.Ok}"));
    }

    // Renews the lease, as a real run does in the background.
    private static async Task RenewAsync(Leases leases, Fence fence, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1));
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
                await leases.RenewAsync(fence, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) // The run has ended.
        {
        }
    }
}
