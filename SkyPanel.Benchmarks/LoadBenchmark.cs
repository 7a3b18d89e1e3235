using System.Globalization;
using System.Text.Json.Nodes;

namespace SkyPanel.Benchmarks;

/// <summary>Measures the API under a constant load while the same process bills ten hours of a whole fleet, from reading VirtFusion to
/// taking tokens from wallets. The same run without load, on a database of its own, is the baseline.</summary>
internal static class LoadBenchmark
{
    private const int Hours = 10, Runs = 10_000;
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(3), PollInterval = TimeSpan.FromSeconds(1);

    /// <returns>True when no request failed.</returns>
    public static async Task<bool> RunAsync(int servers, int perSecond)
    {
        await using var server = await BenchmarkServer.StartAsync();
        var result = await RunAsync(await server.CreateDatabaseAsync("alone"), await server.CreateDatabaseAsync("loaded"), servers,
            perSecond);
        Console.WriteLine(FormattableString.Invariant($"{result.Requests} requests, {result.Errors.Count} errors"));
        foreach (var error in result.Errors.CountBy(error => error).OrderByDescending(error => error.Value).Take(10))
            Console.WriteLine($"{error.Value} x {error.Key}");
        return result.Errors.Count == 0;
    }

    /// <param name="alone">The connection string of an empty, migrated database, like <paramref name="loaded"/>.</param>
    public static async Task<(int Requests, IReadOnlyList<string> Errors)> RunAsync(string alone, string loaded, int servers, int perSecond)
    {
        Console.WriteLine("The app has two processors; PostgreSQL, the simulated VirtFusion and the load "
            + (Environment.ProcessorCount > 2 ? "have the others." : "share them."));
        double undisturbed;
        await using (var panel = await LoadPanel.StartAsync(alone, servers, Hours, Runs))
            undisturbed = await BillAsync(panel.App, servers - panel.First);

        await using var busy = await LoadPanel.StartAsync(loaded, servers, Hours, Runs);
        using var http = new HttpClient { BaseAddress = busy.App.Http.BaseAddress, Timeout = TimeSpan.FromMinutes(1) };
        var load = new OpenLoad(http, new(BenchmarkApp.AdminKey, busy.First, Runs), perSecond);
        load.Start();
        await Task.Delay(Before, TimeProvider.System, CancellationToken.None);
        var disturbed = await BillAsync(busy.App, servers - busy.First);
        await load.StopAsync();

        Console.WriteLine($"| {perSecond} requests a second | requests | p50, ms | p99, ms | longest, ms |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (kind, latencies) in load.ByKind.Where(one => one.Value.Count > 0).Append(new("all", load.Latencies)))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {kind} | {latencies.Count} | {latencies.Percentile(0.5):0.0} | {latencies.Percentile(0.99):0.0} | " +
                $"{latencies.Percentile(1):0.0} |"));
        Console.WriteLine(FormattableString.Invariant(
            $"the run of {servers - busy.First} servers: {undisturbed:0.0} s alone, {disturbed:0.0} s under load"));
        return (load.Latencies.Count, load.Errors);
    }

    /// <summary>Triggers a billing run and waits for its end.</summary>
    /// <returns>Its duration in seconds, by the run log.</returns>
    private static async Task<double> BillAsync(BenchmarkApp app, int servers)
    {
        using var answer = await app.Http.PostAsync("/api/admin/cron/trigger-hourly-billing", null);
        var runId = JsonNode.Parse(await answer.Content.ReadAsStringAsync())?["runId"]?.GetValue<long>()
            ?? throw new InvalidOperationException($"The run was not started: {(int)answer.StatusCode}.");
        while (true)
        {
            var run = JsonNode.Parse(await app.Http.GetStringAsync($"/api/admin/cron/logs?job=hourly-billing&limit=1"))!["runs"]![0]!;
            if (run["runId"]!.GetValue<long>() != runId || run["status"]!.GetValue<string>() is not ("running" or "succeeded"))
                throw new InvalidOperationException($"The run did not succeed: {run.ToJsonString()}");
            if (run["durationMs"]?.GetValue<long>() is { } milliseconds)
                return run["hoursBilled"]!.GetValue<long>() == servers * Hours ? milliseconds / 1000.0
                    : throw new InvalidOperationException($"The run charged other hours: {run.ToJsonString()}");
            await Task.Delay(PollInterval, TimeProvider.System, CancellationToken.None);
        }
    }
}
