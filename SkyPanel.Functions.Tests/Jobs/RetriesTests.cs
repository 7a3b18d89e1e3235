using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Tests.Jobs;

public sealed class RetriesTests : IAsyncLifetime
{
    private static readonly RunOutcome Failed = new(RunStatus.Failed, "told so", []);
    private static readonly RunOutcome Succeeded = new(RunStatus.Succeeded, null, []);

    private readonly TestJob _job = new("nightly");
    private TestPanel _panel = null!;

    public async ValueTask InitializeAsync() => _panel = await TestPanel.StartAsync(_job.Register);

    public ValueTask DisposeAsync() => _panel.DisposeAsync();

    [Fact]
    public async Task A_run_that_fails_twice_succeeds_at_the_third_attempt_and_each_says_which_it_runs_again()
    {
        _job.Step = (run, _) => Task.FromResult(run.Attempt < 3 ? Failed : Succeeded);
        await _job.MakeDueAsync(_panel);
        await _job.WakeAsync(_panel.Services);
        await _job.WakeAsync(_panel.Services);
        Assert.Equal("schedule 1 failed", await _job.RunsAsync(_panel));
        Assert.True(await _panel.Database.ScalarAsync<bool>(
            "select retry_at - finished_at between interval '60 seconds' and interval '75 seconds' from cron_service.runs"));

        for (var wakes = 0; wakes < 5; wakes++)
        {
            await _job.PassBackOffAsync(_panel);
            await _job.WakeAsync(_panel.Services);
        }

        Assert.Equal("schedule 1 failed, retry 2 failed, retry 3 succeeded", await _job.RunsAsync(_panel));
        Assert.True(await _panel.Database.ScalarAsync<bool>("""
            select bool_and(retry_of = previous and requested_by = 'scheduler' and scheduled_for is null)
            from (select *, lag(id) over (order by id) as previous from cron_service.runs) as runs where trigger = 'retry'
            """));
    }

    [Theory]
    [InlineData(0, "schedule 1 failed")]
    [InlineData(2, "schedule 1 failed, retry 2 failed, retry 3 failed")]
    public async Task No_more_than_the_allowed_retries_are_made(int allowed, string runs)
    {
        var app = _panel.StartApp(("Jobs:MaxRetries", $"{allowed}"));
        _job.Step = (_, _) => throw new InvalidOperationException("told so");
        await _job.MakeDueAsync(_panel);

        for (var wakes = 0; wakes < 6; wakes++)
        {
            await _job.WakeAsync(app);
            await _job.PassBackOffAsync(_panel);
        }

        Assert.Equal(runs, await _job.RunsAsync(_panel));
    }

    [Fact]
    public async Task Two_processes_that_find_it_due_at_once_make_one_retry()
    {
        var apps = new[] { _panel.Services, _panel.StartApp() };
        _job.Step = (run, _) => Task.FromResult(run.Attempt == 1 ? Failed : Succeeded);
        await _job.MakeDueAsync(_panel);
        await _job.WakeAsync(_panel.Services);
        await _job.PassBackOffAsync(_panel);

        // Both have seen it due, and neither has the lease yet.
        Task[] both;
        await using (var connection = await _panel.Database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await connection.ExecuteAsync("select from cron_service.leases where job = 'nightly' for update",
                TestContext.Current.CancellationToken);
            both = [.. apps.Select(_job.WakeAsync)];
            await _panel.Database.BlockedAsync(2);
        }
        await Task.WhenAll(both);

        Assert.Equal("schedule 1 failed, retry 2 succeeded", await _job.RunsAsync(_panel));
    }

    [Fact]
    public async Task Two_that_both_hold_an_outdated_lease_open_one_retry()
    {
        _job.Step = (_, _) => Task.FromResult(Failed);
        await _job.MakeDueAsync(_panel);
        await _job.WakeAsync(_panel.Services);
        var failed = await _panel.Services.GetRequiredService<RunQueries>().FindAsync(1, TestContext.Current.CancellationToken);
        var log = _panel.Services.GetRequiredService<RunLog>();

        Task<OpenedRun?>[] both;
        await using (var connection = await _panel.Database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await connection.ExecuteAsync("lock table cron_service.runs in share mode", TestContext.Current.CancellationToken);
            both = [.. Enumerable.Range(0, 2).Select(_ => log.OpenRetryAsync(failed!, TestContext.Current.CancellationToken))];
            await _panel.Database.BlockedAsync(2);
        }

        Assert.Single(await Task.WhenAll(both), run => run is not null);
    }

    [Fact]
    public async Task The_next_occurrence_replaces_a_retry()
    {
        _job.Step = (run, _) => Task.FromResult(run.RunId == 1 ? Failed : Succeeded);
        await _job.MakeDueAsync(_panel);
        await _job.WakeAsync(_panel.Services);
        await _panel.Database.ExecuteAsync("update cron_service.runs set scheduled_for = scheduled_for - interval '1 day'");

        for (var wakes = 0; wakes < 3; wakes++)
        {
            await _job.PassBackOffAsync(_panel);
            await _job.WakeAsync(_panel.Services);
        }

        Assert.Equal("schedule 1 failed, schedule 1 succeeded", await _job.RunsAsync(_panel));
    }

    [Fact]
    public async Task A_run_by_hand_is_not_run_again_and_takes_the_place_of_a_retry()
    {
        _job.Step = (_, _) => Task.FromResult(Failed);
        await _job.MakeDueAsync(_panel);
        await _job.WakeAsync(_panel.Services);
        await _job.TriggerAsync(_panel.Services);
        await _job.PassBackOffAsync(_panel);
        await _job.WakeAsync(_panel.Services);

        Assert.Equal("schedule 1 failed, manual 1 failed", await _job.RunsAsync(_panel));
        Assert.Null(await _panel.Database.ScalarAsync<DateTime?>("select retry_at from cron_service.runs where trigger = 'manual'"));
    }

    [Theory]
    [InlineData("insert into cron_service.pauses (job, paused_by, note) values ('nightly', 'ann', 'n')", "delete from cron_service.pauses",
        "schedule 1 failed, retry 2 failed")]
    [InlineData("update cron_service.jobs set enabled = false where job = 'nightly'",
        "update cron_service.jobs set enabled = true where job = 'nightly'", "schedule 1 failed, retry 2 failed")]
    [InlineData("update cron_service.jobs set schedule_changed_at = now() where job = 'nightly'", "select 1", "schedule 1 failed")]
    public async Task Nothing_is_run_again_while_paused_or_disabled_or_after_its_schedule_has_changed(string stops, string lets,
        string then)
    {
        _job.Step = (_, _) => Task.FromResult(Failed);
        await _job.MakeDueAsync(_panel);
        await _job.WakeAsync(_panel.Services);
        await _job.PassBackOffAsync(_panel);
        await _panel.Database.ExecuteAsync(stops);
        await _job.WakeAsync(_panel.Services);
        Assert.Equal("schedule 1 failed", await _job.RunsAsync(_panel));

        await _panel.Database.ExecuteAsync(lets);
        await _job.WakeAsync(_panel.Services);
        Assert.Equal(then, await _job.RunsAsync(_panel));
    }

    [Fact]
    public async Task A_run_whose_process_died_is_closed_by_whoever_wakes_next_and_run_again()
    {
        await _job.MakeDueAsync(_panel);
        await _panel.Database.ExecuteAsync("""
            insert into cron_service.runs (job, trigger, requested_by, scheduled_for) values ('nightly', 'schedule', 'scheduler', now());
            insert into cron_service.leases (job, holder, acquired_at, expires_at)
                values ('nightly', 'h', now(), now() + interval '5 minutes')
            """);
        await _job.WakeAsync(_panel.Services);
        Assert.Equal("schedule 1 running", await _job.RunsAsync(_panel));

        await _panel.Database.ExecuteAsync("update cron_service.leases set expires_at = now()");
        await _job.WakeAsync(_panel.Services);
        Assert.Equal("schedule 1 abandoned", await _job.RunsAsync(_panel));

        Assert.Equal(1, await _job.PassBackOffAsync(_panel));
        await _job.WakeAsync(_panel.Services);
        Assert.Equal("schedule 1 abandoned, retry 2 succeeded", await _job.RunsAsync(_panel));
    }

    [Theory]
    [InlineData(false, "schedule 1 cancelled, retry 2 succeeded")]
    [InlineData(true, "schedule 1 cancelled")]
    public async Task A_run_that_a_shutdown_cut_off_is_run_again_and_one_that_somebody_cancelled_is_not(bool isByHand, string runs)
    {
        using var shutdown = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var app = _panel.StartApp(("Jobs:LeaseTimeToLive", "00:00:15"));
        var started = new TaskCompletionSource();
        _job.Step = async (run, ct) =>
        {
            started.TrySetResult();
            if (run.Attempt == 1)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
            return Succeeded;
        };
        await _job.MakeDueAsync(_panel);
        var wake = _job.WakeUntilAsync(app, shutdown.Token);
        await started.Task;
        if (isByHand)
            await _panel.Database.ExecuteAsync("update cron_service.runs set cancel_requested_at = now(), cancel_requested_by = 'ann'");
        else
            await shutdown.CancelAsync();
        await wake;

        await _job.PassBackOffAsync(_panel);
        await _job.WakeAsync(_panel.Services);
        Assert.Equal(runs, await _job.RunsAsync(_panel));
    }

    [Fact]
    public async Task A_failure_that_another_attempt_would_only_find_again_is_final()
    {
        _job.Step = (_, _) => Task.FromResult(Failed with { IsRetriable = false });
        await _job.MakeDueAsync(_panel);
        await _job.WakeAsync(_panel.Services);

        Assert.Equal(0, await _job.PassBackOffAsync(_panel));
    }

    [Fact]
    public void No_retry_is_planned_beyond_the_next_occurrence()
    {
        var retries = _panel.StartApp(("Jobs:RetryAfter", "00:05:00")).GetRequiredService<Retries>();
        Gen.Select(Gen.Long[1, 1_000_000], Gen.Int[1, 3], Gen.Int[1, 59], Gen.Int[0, 3599]).Sample((runId, attempt, step, second) =>
        {
            var (schedule, endedAt) = (Schedule.Parse($"*/{step} * * * *"),
                new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(second));
            var delay = Retries.BackOff(TimeSpan.FromMinutes(5), runId, attempt);
            return retries.After(RunTrigger.Schedule, runId, attempt, schedule, endedAt) == (endedAt + delay < schedule.Next(endedAt)
                ? delay : null);
        });
    }
}
