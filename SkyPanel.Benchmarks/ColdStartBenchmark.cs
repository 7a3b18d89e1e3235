using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Hosting;
using SkyPanel.LocalHost;

namespace SkyPanel.Benchmarks;

/// <summary>Measures the time from a process's start to its first answer: the app on a migrated database, and an empty one with the same
/// packages and the same host. Budget: 1.3 times the empty one.</summary>
/// <remarks>The empty app is this program: as it is built or published, so should be the app. The processor time is that of the process, on
/// all its threads; other programs on the machine change it less than the time that passes.</remarks>
internal static class ColdStartBenchmark
{
    public const string EmptyApp = "coldstart-empty";

    private const double Budget = 1.3;

    /// <param name="folder">Where the app was published to; null for the one beside the benchmarks.</param>
    public static async Task<bool> RunAsync(int starts, string? folder)
    {
        await using var server = await BenchmarkServer.StartAsync();
        var connectionString = await server.CreateDatabaseAsync("coldstart");
        var (empty, ours) = (new List<Start>(), new List<Start>());
        for (var start = 0; start <= starts; start++) // The first of each reads its files from the disk, and doesn't count.
        {
            empty.Add(await StartAsync([Path.Combine(AppContext.BaseDirectory, "SkyPanel.Benchmarks.dll"), EmptyApp],
                connectionString));
            ours.Add(await StartAsync([Path.Combine(folder ?? AppContext.BaseDirectory, "SkyPanel.Functions.dll")], connectionString));
            Console.WriteLine($"{(start == 0 ? "(first)" : start)}: empty {empty[^1]}, ours {ours[^1]}");
        }
        var (emptyMedian, oursMedian) = (Median(empty), Median(ours));
        var ratio = oursMedian.Elapsed / emptyMedian.Elapsed;
        Console.WriteLine($"median of {starts}: empty {emptyMedian}, ours {oursMedian}, ratio {ratio:0.00} (budget {Budget}), " +
            $"of the processor {oursMedian.Processor / emptyMedian.Processor:0.00}");
        return ratio <= Budget;
    }

    /// <summary>Serves one function until the process is killed.</summary>
    public static async Task ServeEmptyAsync(string[] args)
    {
        using var host = LocalApplication.CreateBuilder(typeof(EmptyFunctions).Assembly, args).Build();
        await host.RunAsync();
    }

    private static async Task<Start> StartAsync(string[] command, string connectionString)
    {
        var since = Stopwatch.GetTimestamp();
        await using var app = await BenchmarkApp.StartAsync(command, connectionString);
        await app.Http.GetStringAsync("/api/health");
        return new(Stopwatch.GetElapsedTime(since), app.ProcessorTime);
    }

    private static Start Median(List<Start> starts) =>
        new(Median(starts.Select(start => start.Elapsed)), Median(starts.Select(start => start.Processor)));

    private static TimeSpan Median(IEnumerable<TimeSpan> times)
    {
        var counted = times.Skip(1).Order().ToList();
        return counted[counted.Count / 2];
    }

    private sealed record Start(TimeSpan Elapsed, TimeSpan Processor)
    {
        public override string ToString() => $"{Elapsed.TotalMilliseconds:0} ms ({Processor.TotalMilliseconds:0} ms of the processor)";
    }
}

/// <summary>The functions of the empty app.</summary>
public sealed class EmptyFunctions
{
    [Function("EmptyHealth")]
    public static Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/health")] HttpRequest request) =>
        Task.FromResult(Results.Text(request.Method));
}
