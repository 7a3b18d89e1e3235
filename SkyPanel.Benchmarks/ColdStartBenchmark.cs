using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Hosting;
using SkyPanel.LocalHost;

namespace SkyPanel.Benchmarks;

/// <summary>Measures the time from a process's start to its first answer, for the app on a migrated database and for an empty app with the
/// same packages and host. The budget is 1.3 times the empty app.</summary>
/// <remarks>The empty app is this program, so both should be built or published in the same way. Other programs on the machine affect the
/// processor time, summed over all threads, less than the elapsed time.</remarks>
internal static class ColdStartBenchmark
{
    public const string EmptyApp = "coldstart-empty";

    private const double Budget = 1.3;

    /// <param name="folder">The folder of a published app; null for the app built with the benchmarks.</param>
    /// <returns>True within the budget.</returns>
    public static async Task<bool> RunAsync(int starts, string? folder)
    {
        await using var server = await BenchmarkServer.StartAsync();
        var connectionString = await server.CreateDatabaseAsync("coldstart");
        var (empty, apps) = (new List<Start>(), new List<Start>());
        for (var start = 0; start <= starts; start++) // The first start of each warms up the disk cache.
        {
            empty.Add(await StartAsync([Path.Combine(AppContext.BaseDirectory, "SkyPanel.Benchmarks.dll"), EmptyApp],
                connectionString));
            apps.Add(await StartAsync([Path.Combine(folder ?? AppContext.BaseDirectory, "SkyPanel.Functions.dll")], connectionString));
            Console.WriteLine($"{(start == 0 ? "(first)" : start)}: empty {empty[^1]}, app {apps[^1]}");
        }
        var (emptyMedian, appMedian) = (Median(empty), Median(apps));
        var ratio = appMedian.Elapsed / emptyMedian.Elapsed;
        Console.WriteLine($"median of {starts}: empty {emptyMedian}, app {appMedian}, ratio {ratio:0.00} (budget {Budget}), " +
            $"processor time {appMedian.Processor / emptyMedian.Processor:0.00}");
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
        public override string ToString() => $"{Elapsed.TotalMilliseconds:0} ms ({Processor.TotalMilliseconds:0} ms processor time)";
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
