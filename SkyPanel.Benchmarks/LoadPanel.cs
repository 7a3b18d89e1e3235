using Npgsql;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Benchmarks;

/// <summary>A panel in use, with a simulated VirtFusion and the app: it has a run log, and a fleet of which a hundredth was billed
/// before.</summary>
internal sealed class LoadPanel : IAsyncDisposable
{
    private readonly VirtFusionSimulator _virtFusion;

    private LoadPanel(VirtFusionSimulator virtFusion, BenchmarkApp app, int first) => (_virtFusion, App, First) = (virtFusion, app, first);

    public BenchmarkApp App { get; }

    /// <summary>The number of servers that were billed before: those with the lowest ids.</summary>
    public int First { get; }

    /// <param name="hours">The full hours to bill of each server.</param>
    public static async Task<LoadPanel> StartAsync(string connectionString, int servers, int hours, int runs)
    {
        var virtFusion = await VirtFusionSimulator.StartAsync(new());
        var now = TimeProvider.System.GetUtcNow();
        var start = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero).AddHours(-hours);
        for (var user = 1; user <= Math.Max(1, servers / 10); user++)
            virtFusion.AddUser(user, user, 1_000_000);
        for (var server = 1; server <= servers; server++)
            virtFusion.AddServer(server, 1 + server % Math.Max(1, servers / 10), start.AddDays(-1));

        await RunRows.InsertAsync(connectionString, runs);
        await using var source = NpgsqlDataSource.Create(connectionString + ";Command Timeout=0");
        var first = servers / 100;
        await FleetRows.InsertAsync(source, 1, first, servers, start);
        var app = await BenchmarkApp.StartAsync(connectionString,
            ("VirtFusion__BaseUrl", virtFusion.BaseAddress.ToString()), ("VirtFusion__ApiToken", virtFusion.ApiToken),
            ("VirtFusion__RequestsPerSecond", "10000"), ("Billing__MaxCatchUp", "366.00:00:00"));
        using (var answer = await app.Http.PostAsync("/api/admin/cron/trigger-hourly-billing", null))
            answer.EnsureSuccessStatusCode();
        await FleetRows.InsertAsync(source, first + 1, servers, servers, start);
        return new(virtFusion, app, first);
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await _virtFusion.DisposeAsync();
    }
}
