using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Jobs;

/// <summary>Runs that take longer than a request that wakes them.</summary>
public sealed class WakeTurnsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TestJob _job = new("nightly");
    private bool _hasProgress;

    [Fact]
    public async Task A_run_without_progress_is_left_to_a_heartbeat_and_closed_when_none_comes()
    {
        await using var panel = await StartAsync();
        for (var turn = 1; turn <= 3; turn++)
            Assert.Equal(RunStatus.Running, Assert.Single(await WakeOutOfTimeAsync(panel)).Status);

        Assert.Empty(await WakeAsync(panel));
        Assert.Equal("schedule 1 running", await _job.RunsAsync(panel));

        await panel.Database.ExecuteAsync("update cron_service.runs set handed_over_at = now() - interval '11 minutes'");
        Assert.Equal(RunStatus.Failed, Assert.Single(await WakeAsync(panel)).Status);
        Assert.Equal("schedule 1 failed", await _job.RunsAsync(panel));
        Assert.Contains("no progress in 3 requests", await panel.Database.ScalarAsync<string>("select message from cron_service.runs"),
            StringComparison.Ordinal);
        _job.Step = (_, _) => Task.FromResult(new RunOutcome(RunStatus.Succeeded, null, []));
        Assert.Equal(RunStatus.Succeeded, (await _job.TriggerAsync(panel.Services)).Status);
    }

    [Fact]
    public async Task A_heartbeat_without_a_time_limit_ends_what_was_left_to_it()
    {
        await using var panel = await StartAsync();
        for (var turn = 1; turn <= 3; turn++)
            await WakeOutOfTimeAsync(panel);
        _job.Step = (run, _) => Task.FromResult(new RunOutcome(run.IsContinued ? RunStatus.Succeeded : RunStatus.Failed, null, []));

        await _job.WakeAsync(panel.Services);

        Assert.Equal("schedule 1 succeeded", await _job.RunsAsync(panel));
    }

    [Fact]
    public async Task A_run_that_makes_progress_goes_on_in_as_many_requests_as_it_takes()
    {
        _hasProgress = true;
        await using var panel = await StartAsync();
        for (var turn = 1; turn <= 6; turn++)
            Assert.Equal(RunStatus.Running, Assert.Single(await WakeOutOfTimeAsync(panel)).Status);
        _job.Step = (_, _) => Task.FromResult(new RunOutcome(RunStatus.Succeeded, null, []));

        Assert.Equal(RunStatus.Succeeded, Assert.Single(await WakeAsync(panel)).Status);
        Assert.Equal("schedule 1 succeeded", await _job.RunsAsync(panel));
    }

    private async Task<TestPanel> StartAsync()
    {
        var panel = await TestPanel.StartAsync(_job.Register);
        await _job.MakeDueAsync(panel);
        return panel;
    }

    // The job works until its request is out of time.
    private async Task<List<StartedRun>> WakeOutOfTimeAsync(TestPanel panel)
    {
        using var outOfTime = new CancellationTokenSource();
        _job.Step = async (_, ct) =>
        {
            await outOfTime.CancelAsync();
            await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return new(RunStatus.Cancelled, null, [], HasProgressed: _hasProgress);
        };
        return await WakeWithinAsync(panel, outOfTime.Token);
    }

    private async Task<List<StartedRun>> WakeAsync(TestPanel panel)
    {
        using var outOfTime = new CancellationTokenSource();
        return await WakeWithinAsync(panel, outOfTime.Token);
    }

    private Task<List<StartedRun>> WakeWithinAsync(TestPanel panel, CancellationToken outOfTime) =>
        panel.Services.GetRequiredService<JobRunner>().WakeInBackgroundAsync(_job.Name, Patience, outOfTime);
}
