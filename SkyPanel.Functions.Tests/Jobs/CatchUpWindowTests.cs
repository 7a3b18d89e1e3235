using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Tests.Outbox;

namespace SkyPanel.Functions.Tests.Jobs;

/// <summary>A job that was due an hour ago while no app ran.</summary>
public sealed class CatchUpWindowTests
{
    private const string Setting = "Jobs:CatchUpWindow:Nightly";

    private readonly TestJob _job = new("nightly");
    private int _steps;

    public CatchUpWindowTests() => _job.Step = (_, _) =>
    {
        Interlocked.Increment(ref _steps);
        return Task.FromResult(new RunOutcome(RunStatus.Succeeded, null, []));
    };

    [Fact]
    public async Task An_occurrence_older_than_the_window_is_not_run_late_but_counted_and_told()
    {
        await using var panel = await TestPanel.StartAsync(_job.Register, (Setting, "00:30:00"));
        using var log = new DiscordBench.Lines();
        panel.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        await _job.MakeDueAsync(panel);
        await _job.WakeAsync(panel.Services);
        await _job.WakeAsync(panel.Services);

        Assert.Equal((0, "catch-up 1 skipped"), (_steps, await _job.RunsAsync(panel)));
        Assert.Matches(@"^1: passed over: the occurrence of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC " +
            @"is older than Jobs:CatchUpWindow 00:30:00; the next is at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$",
            await panel.Database.ScalarAsync<string>(
                "select missed_occurrences || ': ' || message from cron_service.runs where scheduled_for is not null and finished_at is " +
                "not null"));
        Assert.Single(log.Seen, line => line.Contains("nightly: passed over: the occurrence of", StringComparison.Ordinal));
        var now = TimeProvider.System.GetUtcNow();
        Assert.Equal((1L, 1L), (await panel.Services.GetRequiredService<RunMetrics>()
            .JobsAsync(now.AddHours(-1), now.AddHours(1), TestContext.Current.CancellationToken))
            .Single() is var metrics ? (metrics.NotRun, metrics.MissedOccurrences) : default);
    }

    [Theory]
    [InlineData("02:00:00")]
    [InlineData(null)]
    public async Task One_within_the_window_or_without_one_is_run_late(string? window)
    {
        await using var panel = await TestPanel.StartAsync(_job.Register, window is null ? [] : [(Setting, window)]);
        await _job.MakeDueAsync(panel);
        await _job.WakeAsync(panel.Services);

        Assert.Equal((1, "schedule 1 succeeded"), (_steps, await _job.RunsAsync(panel)));
    }

    [Fact]
    public async Task The_occurrence_after_one_that_was_passed_over_runs()
    {
        await using var panel = await TestPanel.StartAsync(_job.Register, (Setting, "00:30:00"));
        await _job.MakeDueAsync(panel);
        await _job.WakeAsync(panel.Services);
        await panel.Database.ExecuteAsync("update cron_service.runs set scheduled_for = scheduled_for - interval '1 day'");

        await _job.WakeAsync(panel.StartApp((Setting, "02:00:00")));
        Assert.Equal((1, "catch-up 1 skipped, schedule 1 succeeded"), (_steps, await _job.RunsAsync(panel)));
    }

    [Fact]
    public async Task Processes_that_wake_at_once_pass_it_over_once_and_none_does_while_it_is_paused()
    {
        await using var panel = await TestPanel.StartAsync(_job.Register, (Setting, "00:30:00"));
        var apps = new[] { panel.Services, panel.StartApp((Setting, "00:30:00")), panel.StartApp((Setting, "00:30:00")) };
        await _job.MakeDueAsync(panel);
        await panel.Database.ExecuteAsync("insert into cron_service.pauses (job, paused_by, note) values ('nightly', 'ann', 'n')");
        await Task.WhenAll(apps.Select(_job.WakeAsync));
        Assert.Null(await _job.RunsAsync(panel));

        await panel.Database.ExecuteAsync("delete from cron_service.pauses");
        await Task.WhenAll(apps.Select(_job.WakeAsync));
        await _job.WakeAsync(panel.Services);
        Assert.Equal((0, "catch-up 1 skipped"), (_steps, await _job.RunsAsync(panel)));
    }
}
