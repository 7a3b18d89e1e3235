using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Database;

/// <summary>Nothing holds a connection while it waits for another one of the pool: where all do, none comes free.</summary>
public sealed class PoolTests
{
    [Fact]
    public async Task Runs_of_all_jobs_and_a_heartbeat_succeed_with_a_single_connection()
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = await TestServer.FolderAsync($"pool-{Guid.NewGuid():N}");
        await using var panel = await TestPanel.StartAsync();
        for (var server = 1; server <= 8; server++)
            await panel.AddServerAsync(server, userId: server, monthlyPrice: 730, TimeProvider.System.GetUtcNow().AddHours(-5));
        var app = panel.StartApp(("ConnectionStrings:SkyPanel", $"{panel.Database.ConnectionString};Maximum Pool Size=1"),
            ("VirtFusion:MaxConcurrency", "32"), ("Backup:Folder", folder));
        var runner = app.GetRequiredService<JobRunner>();

        foreach (var job in new[] { "hourly-billing", "dns-renewal", "backup", "maintenance", "monitoring" })
        {
            var outcome = await (await runner.TriggerAsync(runner.Find(job)!, "test", false, ct))!.Value.Outcome;
            Assert.True(outcome.Status == RunStatus.Succeeded, $"{job}: {outcome.Status} {outcome.Message}");
        }
        await app.GetRequiredService<Heartbeat>().BeatAsync(ct);
        Assert.Equal(8, await panel.Database.ScalarAsync<long>("select count(*) from cron_service.debits where state = 'settled'"));
    }
}
