using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Metering;

namespace SkyPanel.Benchmarks;

/// <summary>Measures an ordinary hour of a fleet and prints the slowest statements. Calls to VirtFusion are left out.</summary>
internal static partial class HourBenchmark
{
    private const int Shown = 10;
    private static readonly DateTimeOffset Start = new(2026, 3, 10, 0, 0, 0, TimeSpan.Zero);

    // What an hour adds for good. Other tables are updated.
    private const string BytesSql = """
        select pg_total_relation_size('cron_service.charges') + pg_total_relation_size('cron_service.panel_rows')
            + pg_total_relation_size('public.virtfusion_hourly_transactions')
        """;

    private static readonly string[] QueryTags = ["db.query.text", "db.statement"];

    public static async Task RunAsync(int servers)
    {
        foreach (var size in new[] { servers / 10, servers })
        {
            await using var panel = await BenchmarkPanel.StartAsync(("Jobs:LeaseTimeToLive", "00:10:00"));
            await FleetRows.InsertAsync(panel.Source, 1, size, size, Start);
            await ChargeAsync(panel.Services, size, Start);
            // From the second hour on, all servers and their terms are known.
            await ChargeAsync(panel.Services, size, Start.AddHours(1));
            await panel.Source.RunAloneAsync("vacuum analyze");
            await panel.Source.RunAloneAsync("checkpoint");
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

            var bytesBefore = await BytesAsync(panel);
            var statements = new ConcurrentDictionary<string, TimeSpan>();
            using var listener = Listen(statements);
            PeakMemory.Begin();
            var startedAt = Stopwatch.GetTimestamp();
            await ChargeAsync(panel.Services, size, Start.AddHours(2));
            var elapsed = Stopwatch.GetElapsedTime(startedAt);

            var bytes = await BytesAsync(panel) - bytesBefore;
            Console.WriteLine("| servers | seconds | servers a second | peak memory, MB | bytes a server-hour |");
            Console.WriteLine("|---|---|---|---|---|");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {size} | {elapsed.TotalSeconds:0.0} | {size / elapsed.TotalSeconds:0} | {PeakMemory.End() / 1048576.0:0.0} | " +
                $"{bytes / (double)size:0} |"));
            Console.WriteLine();
            Console.WriteLine("| seconds | share | statement |");
            Console.WriteLine("|---|---|---|");
            foreach (var (statement, took) in statements.OrderByDescending(one => one.Value).Take(Shown))
                Console.WriteLine(FormattableString.Invariant($"| {took.TotalSeconds:0.00} | {took / elapsed:0%} | `{statement}` |"));
            Console.WriteLine();
        }
    }

    private static async Task ChargeAsync(IServiceProvider services, int servers, DateTimeOffset at)
    {
        var (log, leases) = (services.GetRequiredService<RunLog>(), services.GetRequiredService<Leases>());
        var states = Enumerable.Range(1, servers).Select(id => new ServerState(id, at, at, true, false, true, null, Start.AddDays(-1)))
            .ToArray();
        var runId = await log.OpenAsync("hourly-billing", RunTrigger.Manual, "benchmark", null, 0, default) ?? 0;
        var fence = await leases.AcquireAsync("hourly-billing", "benchmark", default)
            ?? throw new InvalidOperationException("Another run executes.");
        var result = await services.GetRequiredService<BillingRun>()
            .ChargeAsync(runId, fence, new(at, states, true, [], at), 730, false, at, default);
        await log.CloseAsync(runId, new(RunStatus.Succeeded, null, [], result.Servers, result.Hours, result.Amount), null);
        await leases.ReleaseAsync(fence);
        if (at > Start && result.Hours != servers)
            throw new InvalidOperationException($"{result.Hours} server-hours were charged, not {servers}.");
    }

    private static async Task<long> BytesAsync(BenchmarkPanel panel) =>
        (await panel.Source.QueryAsync(BytesSql, row => row.GetInt64(0), default))[0];

    private static ActivityListener Listen(ConcurrentDictionary<string, TimeSpan> statements)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                var text = QueryTags.Select(activity.GetTagItem).OfType<string>().FirstOrDefault() ?? activity.DisplayName;
                var head = WhiteSpace().Replace(text, " ").Trim();
                statements.AddOrUpdate(head[..Math.Min(head.Length, 90)], activity.Duration, (_, before) => before + activity.Duration);
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
