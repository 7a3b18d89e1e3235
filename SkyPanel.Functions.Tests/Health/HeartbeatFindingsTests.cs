using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Health;

public sealed class HeartbeatFindingsTests
{
    [Fact]
    public async Task Without_a_schedule_for_the_heartbeat_the_doctor_fails_until_something_wakes_the_jobs_over_HTTP()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await TestPanel.StartAsync();
        var beats = panel.Services.GetRequiredService<LastHeartbeat>();

        var finding = await FindAsync();
        Assert.Equal(FindingState.Failing, finding.State);
        Assert.Equal("No heartbeat ever came, and its timer is bound to nothing: nothing wakes monitoring, maintenance.", finding.Message);
        Assert.Contains("Set Cron__Heartbeat__Schedule to 0 * * * * *", finding.Advice, StringComparison.Ordinal);
        Assert.Equal("No heartbeat ever came, and its timer is bound to nothing: nothing wakes maintenance.",
            (await FindAsync(("Cron:Monitoring:Schedule", "0 * * * *"))).Message);
        Assert.Equal(FindingState.Ok, (await FindAsync(("Cron:Heartbeat:Schedule", "0 * * * * *"))).State);

        await panel.Services.GetRequiredService<Heartbeat>().WakeAsync(ct);
        Assert.Equal(FindingState.Ok, (await FindAsync()).State);
        await panel.Database.ExecuteAsync("update cron_service.heartbeat set last_beat_at = now() - interval '7 minutes'");
        Assert.StartsWith("The last heartbeat was 7 minutes ago", (await FindAsync()).Message, StringComparison.Ordinal);

        async Task<Finding> FindAsync(params (string Name, string Value)[] settings) =>
            await new HeartbeatFindings(beats, panel.Services.GetRequiredService<JobRegistry>(),
            new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Name, s => (string?)s.Value)).Build())
                .FindAsync(ct);
    }

    [Fact]
    public async Task The_app_is_not_ready_when_no_heartbeat_came_for_five_minutes()
    {
        var clock = new FakeTimeProvider();
        await using var panel = await TestPanel.StartAsync();
        var beats = new LastHeartbeat(panel.Database.Source, clock);
        Assert.Equal(200, await ReadyAsync());

        clock.Advance(LastHeartbeat.MissingAfter);
        Assert.Equal(503, await ReadyAsync());
        await beats.StoreAsync(TestContext.Current.CancellationToken);
        Assert.Equal(200, await ReadyAsync());
        await panel.Database.ExecuteAsync("update cron_service.heartbeat set last_beat_at = now() - interval '5 minutes'");
        Assert.Equal(503, await ReadyAsync());

        async Task<int> ReadyAsync()
        {
            var context = new DefaultHttpContext { RequestServices = panel.Services };
            context.Response.Body = new MemoryStream();
            using var readiness = ActivatorUtilities.CreateInstance<Readiness>(panel.Services, beats);
            await (await ActivatorUtilities.CreateInstance<HealthFunctions>(panel.Services, readiness).ReadyAsync(context.Request))
                .ExecuteAsync(context);
            return context.Response.StatusCode;
        }
    }

    [Fact]
    public async Task A_backup_that_is_stored_as_on_and_has_no_place_is_said_to_be_just_that_beside_the_times_of_its_schedule()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await TestPanel.StartAsync();
        var (app, jobs) = (panel.Services, panel.Services.GetRequiredService<JobRegistry>());

        var finding = Assert.Single(await app.GetRequiredService<JobFindings>().FindAsync(ct),
            finding => finding.Name == "schedule of backup");
        Assert.Equal((FindingState.Off,
            "Backup is stored as on, and off: there is nowhere to put backups: set Backup:Folder, Backup:ContainerUri " +
            "or Backup:ConnectionString."), (finding.State, finding.Message));
        Assert.DoesNotContain("Enable it", finding.Advice, StringComparison.Ordinal);
        var settings = await ActivatorUtilities.CreateInstance<SettingsFunctions>(app).DescribeAsync(jobs.Get("backup"), ct);
        Assert.Equal((false, 5), (settings.Enabled, settings.NextRuns.Count));
    }
}
