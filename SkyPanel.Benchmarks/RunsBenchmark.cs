using System.Globalization;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace SkyPanel.Benchmarks;

/// <summary>What reads the run log over HTTP, with few runs and with many: two processes of the app on two databases of one server, asked
/// in turn by one client, so that whatever else the machine does falls on both.</summary>
internal static class RunsBenchmark
{
    /// <summary>p99 with many runs over p99 with few, of the status and of all pages of the log; of each kind of page, which is asked for
    /// too rarely to judge one in a hundred by on a machine that does other things, p50.</summary>
    public const double MostOfRatio = 1.5;

    private const int Few = 1000, RequestsOfAProcess = 200, WarmUp = 60;

    // A key may ask 300 times a second.
    private static readonly TimeSpan AskedEvery = TimeSpan.FromMilliseconds(4);
    private const string Logs = "/api/admin/cron/logs";

    /// <summary>A request, by the number of runs there are.</summary>
    private sealed record Kind(string Name, Func<int, string> Path, int? Runs = null);

    private static readonly Kind[] Kinds =
    [
        new("status", _ => "/api/admin/cron/status"),
        new("logs, first page", _ => Logs, 50),
        new("logs, a page from the middle", rows => $"{Logs}?cursor={rows / 2}", 50),
        new("logs of a job, from the middle", rows => $"{Logs}?job=hourly-billing&cursor={rows / 2}", 50),
        new("logs of a job that runs rarely", _ => $"{Logs}?job=dns-renewal&limit=10", 10),
        new("logs of a job that never ran", _ => $"{Logs}?job=backup", 0),
        new("logs of a status, from the middle", rows => $"{Logs}?status=failed&cursor={rows / 2}&limit=10", 10),
        new("logs of a job and a status", _ => $"{Logs}?job=monitoring&status=partial&limit=20", 20),
        new("logs of a job and a status that no run has", _ => $"{Logs}?job=maintenance&status=failed", 0),
        new("logs up to the middle", rows => $"{Logs}?to={Instant(rows / 2)}", 50),
        new("logs of two hours in the middle", rows => $"{Logs}?{Span(rows)}", 50),
        new("logs of a job and two hours", rows => $"{Logs}?job=monitoring&{Span(rows)}&limit=40", 40),
        new($"logs of a status that {RunRows.Held} have", _ => $"{Logs}?status=held", RunRows.Held),
        new("run", rows => $"/api/admin/cron/runs/{rows / 2}"),
        new("metrics of two hours", rows => $"/api/admin/cron/metrics?{Span(rows)}"),
    ];

    /// <returns>True when every answer was right and no ratio is above <see cref="MostOfRatio"/>.</returns>
    public static async Task<bool> RunAsync(int rows, int requests)
    {
        await using var server = await BenchmarkServer.StartAsync();
        var result = await RunAsync(await server.CreateDatabaseAsync("few"), await server.CreateDatabaseAsync("many"), rows, requests);
        Console.WriteLine(FormattableString.Invariant(
            $"{result.Errors} wrong answers; the largest ratio is {result.Ratio:0.00}, at most {MostOfRatio:0.00} is allowed"));
        return result.Errors == 0 && result.Ratio <= MostOfRatio;
    }

    /// <param name="few">An empty, migrated database; so is <paramref name="many"/>.</param>
    /// <returns>Answers that were no 200 or had the wrong number of runs; and the largest of the ratios that are limited.</returns>
    public static async Task<(int Errors, double Ratio)> RunAsync(string few, string many, int rows, int requests)
    {
        await Task.WhenAll(RunRows.InsertAsync(few, Few), RunRows.InsertAsync(many, rows));
        var asked = Nothing();
        var caches = "";
        // One process may be luckier than another, with the machine or with its compiler: after a while both are replaced.
        for (var left = requests; left > 0; left -= RequestsOfAProcess)
        {
            var apps = await Task.WhenAll(BenchmarkApp.StartAsync(few), BenchmarkApp.StartAsync(many));
            await using var small = apps[0];
            await using var large = apps[1];
            await AskAsync(small, large, rows, Math.Clamp(left / 5, 1, WarmUp), Nothing());
            await AskAsync(small, large, rows, Math.Min(left, RequestsOfAProcess), asked);
            caches = await large.CachesAsync();
        }

        Console.WriteLine($"| {requests} requests each, ms | p50 at {Few} runs | p99 | p50 at {rows} runs | p99 | ratio of p50 | ratio " +
            $"of p99 |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        var pages = asked.Where(one => one.Key.Runs is not null).Select(one => one.Value).ToArray();
        var all = (Few: Latencies.Of(pages.Select(page => page.Few)), Many: Latencies.Of(pages.Select(page => page.Many)));
        foreach (var (kind, (a, b, _)) in asked)
            Tell(kind.Name, a, b);
        Tell("all pages of the log", all.Few, all.Many);
        Console.WriteLine($"caches of the last process: {caches}");
        var status = asked[Kinds[0]];
        return (asked.Values.Sum(one => one.Errors),
            asked.Values.Select(one => Ratio(one.Few, one.Many, 0.5)).Append(Ratio(status.Few, status.Many, 0.99))
                .Append(Ratio(all.Few, all.Many, 0.99)).Max());
    }

    private static void Tell(string name, Latencies few, Latencies many) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {name} | {few.Percentile(0.5):0.0} | {few.Percentile(0.99):0.0} | {many.Percentile(0.5):0.0} | {many.Percentile(0.99):0.0} | " +
            $"{Ratio(few, many, 0.5):0.00} | {Ratio(few, many, 0.99):0.00} |"));

    private static double Ratio(Latencies few, Latencies many, double share) => many.Percentile(share) / few.Percentile(share);

    private static Dictionary<Kind, (Latencies Few, Latencies Many, int Errors)> Nothing() =>
        Kinds.ToDictionary(kind => kind, _ => (new Latencies(), new Latencies(), 0));

    private static async Task AskAsync(
        BenchmarkApp small, BenchmarkApp large, int rows, int requests, Dictionary<Kind, (Latencies Few, Latencies Many, int Errors)> asked)
    {
        using var pace = new PeriodicTimer(AskedEvery);
        for (var n = 0; n < requests; n++)
        {
            foreach (var kind in Kinds)
            {
                await pace.WaitForNextTickAsync();
                var (few, many, errors) = asked[kind];
                // Neither is always the first.
                var answers = n % 2 == 0
                    ? new[] { await AskAsync(small, kind, Few, few), await AskAsync(large, kind, rows, many) }
                    : [await AskAsync(large, kind, rows, many), await AskAsync(small, kind, Few, few)];
                asked[kind] = (few, many, errors + answers.Count(isRight => !isRight));
            }
        }
    }

    private static async Task<bool> AskAsync(BenchmarkApp app, Kind kind, int rows, Latencies latencies)
    {
        var startedAt = Stopwatch.GetTimestamp();
        using var response = await app.Http.GetAsync(kind.Path(rows));
        var text = await response.Content.ReadAsStringAsync();
        latencies.Add(Stopwatch.GetElapsedTime(startedAt));
        return response.IsSuccessStatusCode && (kind.Runs is null || JsonNode.Parse(text)!["runs"]!.AsArray().Count == kind.Runs);
    }

    private static string Span(int rows) => $"from={Instant(rows / 2 + 120)}&to={Instant(rows / 2)}";

    // There is a run a minute.
    private static string Instant(int minutesAgo) =>
        FormattableString.Invariant($"{TimeProvider.System.GetUtcNow().AddMinutes(-minutesAgo):yyyy-MM-ddTHH:mm}Z");
}
