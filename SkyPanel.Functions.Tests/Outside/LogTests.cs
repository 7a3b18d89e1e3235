using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>What the console says: one line an event, in the words of the run log.</summary>
public sealed class LogTests
{
    [Theory]
    [InlineData("reset")]
    [InlineData("503")]
    public async Task An_outage_of_VirtFusion_is_one_line_without_a_stack_trace(string how)
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 73, OutsidePanel.HoursAgo(3));
        panel.VirtFusion.Faults.Add("*", "", how == "reset" ? Fault.Reset() : Fault.Answer(503));
        var app = await panel.StartAppAsync();

        await app.PostAsync(OutsidePanel.Trigger);
        await app.PostAsync("/api/admin/cron/wake");

        await app.SaysAsync("Hourly billing failed after");
        Assert.DoesNotContain(Lines(app), line => line.TrimStart().StartsWith("at ", StringComparison.Ordinal)
            || line.Contains("Exception", StringComparison.Ordinal));
        Assert.DoesNotContain(Lines(app), line => line.Length > 600);
        // The run's line, and the observation's.
        Assert.InRange(Lines(app).Count(line => line.Contains("can't be listed", StringComparison.Ordinal)), 1, 2);
    }

    [Fact]
    public async Task A_dry_run_has_no_number_and_a_skipped_run_is_not_called_completed()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync();

        await app.PostAsync(OutsidePanel.Trigger, new { dryRun = true });
        await app.PostAsync("/api/admin/cron/jobs/backup/trigger");

        await app.SaysAsync("Hourly billing completed in");
        await app.SaysAsync("Backup skipped after");
        Assert.DoesNotContain("run 0", app.Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Backup completed", app.Output, StringComparison.Ordinal);
        Assert.Contains("dry run", app.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_decision_is_one_line_once_it_stands_and_while_all_is_paused_no_job_is_said_to_have_started()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync();
        await app.SaysAsync("Maintenance cron job started");

        await app.PostAsync("/api/admin/cron/pause", new { note = "moving house" });
        await app.PostAsync("/api/admin/billing/holds/77/approve", new { reason = "there is no such hold" });
        await app.SaysAsync("Decision: ");
        Assert.EndsWith("Decision: pause all jobs by bootstrap-key: moving house",
            Assert.Single(Lines(app), line => line.Contains("Decision: ", StringComparison.Ordinal)), StringComparison.Ordinal);

        var later = await panel.StartAppAsync();
        await later.SaysAsync("Maintenance is enabled with schedule 30 3 * * *, and paused with all jobs by bootstrap-key");
        await later.SaysAsync("Cron jobs initialized");
        Assert.DoesNotContain("cron job started", later.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shutdown_in_the_middle_of_a_run_is_no_failure()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 73, OutsidePanel.HoursAgo(3));
        var app = await panel.StartAppAsync(("Jobs__LeaseTimeToLive", "00:01:00"));
        var gate = new RequestGate();
        panel.VirtFusion.Faults.Add("GET", "servers", Fault.Hold(gate));
        var triggered = app.PostAsync(OutsidePanel.Trigger);
        await gate.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);

        app.Terminate();
        await app.SaysAsync("Hourly billing cancelled after");
        gate.Open();

        Assert.Equal(0, await app.ExitAsync());
        Assert.DoesNotContain(Lines(app), line => line.Contains("fail", StringComparison.OrdinalIgnoreCase)
            || line.Contains("task was cancel", StringComparison.OrdinalIgnoreCase));
        await Record.ExceptionAsync(() => triggered);
    }

    private static string[] Lines(AppProcess app) => app.Output.Split('\n');
}
