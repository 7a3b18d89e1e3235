using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Hosting;
using SkyPanel.LocalHost;

namespace SkyPanel.Benchmarks;

/// <summary>Measures the time from a process's start to its first answer: the app on a migrated database, and an empty one with the same
/// packages and the same host. Budget: 1.3 times the empty one.</summary>
internal static class ColdStartBenchmark
{
    public const string EmptyApp = "coldstart-empty";

    private const double Budget = 1.3;
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromMinutes(2);

    /// <param name="folder">Where the app was published to; null for the one beside the benchmarks.</param>
    public static async Task<bool> RunAsync(int starts, string? folder)
    {
        await using var server = await BenchmarkServer.StartAsync();
        var connectionString = await server.CreateDatabaseAsync("coldstart");
        var (empty, ours) = (new List<double>(), new List<double>());
        for (var start = 0; start <= starts; start++) // The first of each reads its files from the disk, and doesn't count.
        {
            empty.Add(await StartAsync([Path.Combine(AppContext.BaseDirectory, "SkyPanel.Benchmarks.dll"), EmptyApp],
                connectionString));
            ours.Add(await StartAsync([Path.Combine(folder ?? AppContext.BaseDirectory, "SkyPanel.Functions.dll")], connectionString));
            Console.WriteLine($"{(start == 0 ? "(first)" : start)}: empty {empty[^1]:0} ms, ours {ours[^1]:0} ms");
        }
        var ratio = Median(ours) / Median(empty);
        Console.WriteLine(
            $"median of {starts}: empty {Median(empty):0} ms, ours {Median(ours):0} ms, ratio {ratio:0.00} (budget {Budget})");
        return ratio <= Budget;
    }

    /// <summary>Serves one function until the process is killed.</summary>
    public static async Task ServeEmptyAsync(string[] args)
    {
        using var host = LocalApplication.CreateBuilder(typeof(EmptyFunctions).Assembly, args).Build();
        await host.RunAsync();
    }

    private static async Task<double> StartAsync(string[] command, string connectionString)
    {
        var port = FreePort();
        var folder = Directory.CreateTempSubdirectory("skypanel-").FullName;
        var start = new ProcessStartInfo("dotnet", command)
        {
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in BenchmarkApp.Environment(connectionString, folder))
            start.Environment[name] = value;
        start.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}";
        using var http = new HttpClient();
        var since = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        try
        {
            while (!await AnswersAsync(http, new($"http://127.0.0.1:{port}/api/health")))
            {
                if (process.HasExited || Stopwatch.GetElapsedTime(since) > AnswersWithin)
                    throw new InvalidOperationException($"{command[0]} gave no answer.");
                await Task.Delay(AskEvery, TimeProvider.System, CancellationToken.None);
            }
            return Stopwatch.GetElapsedTime(since).TotalMilliseconds;
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<bool> AnswersAsync(HttpClient http, Uri address)
    {
        try
        {
            using var answer = await http.GetAsync(address);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException) // Nobody listens yet.
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static double Median(List<double> milliseconds) => milliseconds.Skip(1).Order().ElementAt((milliseconds.Count - 1) / 2);
}

/// <summary>The functions of the empty app.</summary>
public sealed class EmptyFunctions
{
    [Function("EmptyHealth")]
    public static Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/health")] HttpRequest request) =>
        Task.FromResult(Results.Text(request.Method));
}
