using System.Globalization;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace SkyPanel.Benchmarks;

/// <summary>Measures requests that read the run log, with few runs and with many. One client alternates between two processes of the app on
/// two databases of one server, so that other load on the machine affects both.</summary>
internal static class RunsBenchmark
{
    /// <summary>The limit of the ratio of many runs to few: for p50 of every kind of request, and for p99 of the status and of all pages
    /// together. One kind of page has too few requests for its p99 to be meaningful.</summary>
    public const double MaxRatio = 1.5;

    private const int Few = 1000, RequestsPerProcess = 200, WarmUp = 60;

    // Below the limit of 300 requests a second for a key.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(4);
    private const string Logs = "/api/admin/cron/logs";

    /// <summary>A kind of request.</summary>
    /// <param name="Path">The path, by the number of runs in the log.</param>
    /// <param name="Runs">The expected number of runs in the answer; null for an answer without a list.</param>
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

    /// <returns>True when every answer was right and no ratio is above <see cref="MaxRatio"/>.</returns>
    public static async Task<bool> RunAsync(int rows, int requests)
    {
        await using var server = await BenchmarkServer.StartAsync();
        var result = await RunAsync(await server.CreateDatabaseAsync("few"), await server.CreateDatabaseAsync("many"), rows, requests);
        Console.WriteLine(FormattableString.Invariant(
            $"{result.Errors} wrong answers; the largest ratio is {result.Ratio:0.00}, at most {MaxRatio:0.00} is allowed"));
        return result.Errors == 0 && result.Ratio <= MaxRatio;
    }

    /// <param name="few">The connection string of an empty, migrated database, like <paramref name="many"/>.</param>
    /// <returns>The number of wrong answers (no success, or another number of runs), and the largest of the limited ratios.</returns>
    public static async Task<(int Errors, double Ratio)> RunAsync(string few, string many, int rows, int requests)
    {
        await Task.WhenAll(RunRows.InsertAsync(few, Few), RunRows.InsertAsync(many, rows));
        var measured = NewMeasurements();
        // Processes differ by chance, for instance in compiled code, so both are replaced after a while.
        for (var left = requests; left > 0; left -= RequestsPerProcess)
        {
            var apps = await Task.WhenAll(BenchmarkApp.StartAsync(few), BenchmarkApp.StartAsync(many));
            await using var small = apps[0];
            await using var large = apps[1];
            await MeasureAsync(small, large, rows, Math.Clamp(left / 5, 1, WarmUp), NewMeasurements());
            await MeasureAsync(small, large, rows, Math.Min(left, RequestsPerProcess), measured);
        }

        Console.WriteLine($"| {requests} requests each, ms | p50 at {Few} runs | p99 | p50 at {rows} runs | p99 | ratio of p50 | ratio " +
            $"of p99 |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        var pages = measured.Where(one => one.Key.Runs is not null).Select(one => one.Value).ToArray();
        var all = (Few: Latencies.Of(pages.Select(page => page.Few)), Many: Latencies.Of(pages.Select(page => page.Many)));
        foreach (var (kind, (a, b, _)) in measured)
            PrintRow(kind.Name, a, b);
        PrintRow("all pages of the log", all.Few, all.Many);
        var status = measured[Kinds[0]];
        return (measured.Values.Sum(one => one.Errors),
            measured.Values.Select(one => Ratio(one.Few, one.Many, 0.5)).Append(Ratio(status.Few, status.Many, 0.99))
                .Append(Ratio(all.Few, all.Many, 0.99)).Max());
    }

    private static void PrintRow(string name, Latencies few, Latencies many) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {name} | {few.Percentile(0.5):0.0} | {few.Percentile(0.99):0.0} | {many.Percentile(0.5):0.0} | {many.Percentile(0.99):0.0} | " +
            $"{Ratio(few, many, 0.5):0.00} | {Ratio(few, many, 0.99):0.00} |"));

    private static double Ratio(Latencies few, Latencies many, double share) => many.Percentile(share) / few.Percentile(share);

    private static Dictionary<Kind, (Latencies Few, Latencies Many, int Errors)> NewMeasurements() =>
        Kinds.ToDictionary(kind => kind, _ => (new Latencies(), new Latencies(), 0));

    private static async Task MeasureAsync(BenchmarkApp small, BenchmarkApp large, int rows, int requests,
        Dictionary<Kind, (Latencies Few, Latencies Many, int Errors)> measured)
    {
        using var pace = new PeriodicTimer(Interval);
        for (var n = 0; n < requests; n++)
        {
            foreach (var kind in Kinds)
            {
                await pace.WaitForNextTickAsync();
                var (few, many, errors) = measured[kind];
                // Alternates which of the two is called first.
                var answers = n % 2 == 0
                    ? new[] { await MeasureAsync(small, kind, Few, few), await MeasureAsync(large, kind, rows, many) }
                    : [await MeasureAsync(large, kind, rows, many), await MeasureAsync(small, kind, Few, few)];
                measured[kind] = (few, many, errors + answers.Count(isRight => !isRight));
            }
        }
    }

    private static async Task<bool> MeasureAsync(BenchmarkApp app, Kind kind, int rows, Latencies latencies)
    {
        var startedAt = Stopwatch.GetTimestamp();
        using var response = await app.Http.GetAsync(kind.Path(rows));
        var text = await response.Content.ReadAsStringAsync();
        latencies.Add(Stopwatch.GetElapsedTime(startedAt));
        return response.IsSuccessStatusCode && (kind.Runs is null || JsonNode.Parse(text)!["runs"]!.AsArray().Count == kind.Runs);
    }

    private static string Span(int rows) => $"from={Instant(rows / 2 + 120)}&to={Instant(rows / 2)}";

    // The log has one run a minute.
    private static string Instant(int minutesAgo) =>
        FormattableString.Invariant($"{TimeProvider.System.GetUtcNow().AddMinutes(-minutesAgo):yyyy-MM-ddTHH:mm}Z");
}
