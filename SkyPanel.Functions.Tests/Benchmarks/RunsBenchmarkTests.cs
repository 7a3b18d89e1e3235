using SkyPanel.Benchmarks;

namespace SkyPanel.Functions.Tests.Benchmarks;

/// <summary>The benchmark's own code with small numbers: of what it asks for, nothing is refused or wrong. How fast that is, it tells by
/// itself.</summary>
public sealed class RunsBenchmarkTests
{
    [Fact]
    public async Task Every_page_of_the_log_that_is_measured_has_the_runs_that_it_asks_for()
    {
        await using var few = new TestDatabase();
        await using var many = new TestDatabase();
        await few.InitializeAsync();
        await many.InitializeAsync();
        Assert.Equal(0, (await RunsBenchmark.RunAsync(few.ConnectionString, many.ConnectionString, rows: 20_000, requests: 5)).Errors);
    }
}
