using SkyPanel.Benchmarks;

namespace SkyPanel.Functions.Tests.Benchmarks;

/// <summary>The benchmark's own code with small numbers: no request fails while a run executes. How long they take, it tells by
/// itself.</summary>
public sealed class LoadBenchmarkTests
{
    [Fact]
    public async Task No_request_fails_while_a_billing_run_executes()
    {
        await using var alone = new TestDatabase();
        await using var loaded = new TestDatabase();
        await alone.InitializeAsync();
        await loaded.InitializeAsync();
        var (requests, errors) = await LoadBenchmark.RunAsync(alone.ConnectionString, loaded.ConnectionString, servers: 400, perSecond: 40);
        Assert.True(requests > 100, $"{requests} requests");
        Assert.Empty(errors);
    }
}
