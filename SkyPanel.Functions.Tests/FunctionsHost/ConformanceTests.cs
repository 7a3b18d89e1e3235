using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Demo.Postgres;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.FunctionsHost;

/// <summary>Compares the answers of the local process with those of the worker under a Functions host.</summary>
public sealed class ConformanceTests(OutsidePanel panel, ITestOutputHelper output) : IClassFixture<OutsidePanel>
{
    [Fact]
    public async Task Both_hosts_run_the_same_functions_and_give_the_same_answers()
    {
        var ct = TestContext.Current.CancellationToken;
        var local = await panel.SharedAppAsync();
        await using var host = await FunctionsHost.StartAsync(panel.Environment());
        Assert.Equal(
            from type in typeof(SkyPanelServices).Assembly.GetTypes()
            from method in type.GetMethods()
            where method.IsDefined(typeof(FunctionAttribute))
            let name = method.GetCustomAttribute<FunctionAttribute>()!.Name
            orderby name
            select name,
            host.Functions.Select(function => function.Metadata.Name).Order());

        var keys = new Dictionary<string, string>();
        foreach (var role in Roles.Names)
            keys[role] = (await panel.Database.InOneAsync(transaction => ApiKeyRegister.CreateAsync(
                transaction.Connection!, new("test", Role.Admin, "::1", "1"), role, Roles.Parse(role)!.Value, null,
                    DateTimeOffset.MaxValue.AddYears(-1))))!.Value.Key;
        using var here = new HttpClient { BaseAddress = local.Http.BaseAddress };
        using var there = new HttpClient { BaseAddress = host.Http.BaseAddress };
        var requests = ConformanceRequest.All(keys).ToArray();
        var differences = new ConcurrentBag<string>();
        // A process computes one of these answers at a time, and answers 409 to a second request.
        string[] oneAtATime = ["GetForecast", "SimulateMonth", "GetShadow", "GetRepair"];
        var alone = requests.Where(request => oneAtATime.Any(name => request.Name.StartsWith(name, StringComparison.Ordinal))).ToArray();
        await Parallel.ForEachAsync(requests.Except(alone), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = ct },
            CompareAsync);
        foreach (var request in alone)
            await CompareAsync(request, ct);

        async ValueTask CompareAsync(ConformanceRequest request, CancellationToken stop)
        {
            var (one, other) = (await request.AskAsync(here, stop), await request.AskAsync(there, stop));
            if (one != other)
                differences.Add($"{request.Name}: {request.Method} {request.Target}\n--- by itself\n{one}\n--- under a Functions " +
                    $"host\n{other}");
        }

        var figures = $"{host.Functions.Count} functions, {requests.Length} requests, {differences.Count} differences";
        output.WriteLine(figures);
        // Read by .ci/run.
        await File.WriteAllTextAsync(Path.Combine(RepositoryRoot.Find()!, ".local", "conformance.txt"), $"Both hosts: {figures}\n", ct);
        Assert.True(differences.IsEmpty, $"{differences.Count} of {requests.Length}\n{string.Join("\n\n", differences.Take(10))}");
    }
}
