using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Jobs;

public sealed class HeartbeatTests
{
    private readonly HandTimer _minute = new(TimeSpan.FromMinutes(1));
    private readonly TaskCompletionSource _begun = new(), _end = new();
    private readonly TestJob _long = new("long"), _other = new("other");

    // The host starts no beat while one is under way, and takes an instance without an invocation for an idle one.
    [Fact]
    public async Task A_beat_lasts_as_long_as_the_run_that_it_started_and_looks_after_everything_else_each_minute()
    {
        await using var panel = await StartAsync(_ => _end.Task);
        await _long.MakeDueAsync(panel);

        var beat = panel.Services.GetRequiredService<Heartbeat>().BeatAsync(TestContext.Current.CancellationToken);
        await _begun.Task;
        await _other.MakeDueAsync(panel);
        while (await _other.RunsAsync(panel) != "schedule 1 succeeded")
        {
            _minute.RunOut();
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.False(beat.IsCompleted);
        Assert.Equal("schedule 1 running", await _long.RunsAsync(panel));
        _end.SetResult();
        await beat;
        Assert.Equal("schedule 1 succeeded", await _long.RunsAsync(panel));
    }

    [Fact]
    public async Task A_run_that_outlasts_its_beat_stops_at_a_safe_point_when_the_app_is_stopped_which_waits_for_it()
    {
        await using var panel = await StartAsync(ct => Task.Delay(Timeout.Infinite, ct));
        await _long.MakeDueAsync(panel);

        using var hostStops = new CancellationTokenSource();
        var beat = panel.Services.GetRequiredService<Heartbeat>().BeatAsync(hostStops.Token);
        await _begun.Task;
        await hostStops.CancelAsync();
        await Record.ExceptionAsync(() => beat);
        Assert.Equal("schedule 1 running", await _long.RunsAsync(panel));

        panel.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await panel.Services.GetRequiredService<BackgroundRuns>().StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal("schedule 1 cancelled", await _long.RunsAsync(panel));
        Assert.StartsWith("the app was stopped;",
            await panel.Database.ScalarAsync<string>("select message from cron_service.runs where job = 'long' and is_cut_off"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wake_starts_what_is_due_and_answers_what_it_started()
    {
        await using var panel = await StartAsync(_ => Task.CompletedTask);
        await _other.MakeDueAsync(panel);

        Assert.Equal([new StartedRun("other", 1, RunTrigger.Schedule, RunStatus.Succeeded)],
            await panel.Services.GetRequiredService<Heartbeat>().WakeAsync(CancellationToken.None));
        Assert.Empty(await panel.Services.GetRequiredService<Heartbeat>().WakeAsync(CancellationToken.None));
        Assert.InRange((await panel.Services.GetRequiredService<LastHeartbeat>().AgeAsync(TestContext.Current.CancellationToken))!.Value,
            TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_that_its_request_has_no_more_time_for_is_gone_on_with_by_the_next_beat_of_any_process(bool isByHand)
    {
        var parts = 0;
        await using var panel = await StartAsync(ct => ++parts == 1 ? Task.Delay(Timeout.Infinite, ct) : Task.CompletedTask);
        var (here, elsewhere) = (panel.Services, panel.StartApp());
        var runner = here.GetRequiredService<JobRunner>();
        using var outOfTime = new CancellationTokenSource();
        if (!isByHand)
            await _long.MakeDueAsync(panel);

        var begun = isByHand ? (await runner.TriggerAsync(runner.Find("long")!, "ann", false, TestContext.Current.CancellationToken,
            outOfTime.Token))!.Value.Outcome
            : here.GetRequiredService<Heartbeat>().WakeAsync(outOfTime.Token) as Task;
        await _begun.Task;
        await outOfTime.CancelAsync();
        await begun;

        var trigger = isByHand ? "manual" : "schedule";
        Assert.Equal($"{trigger} 1 running", await _long.RunsAsync(panel));
        Assert.Equal(0, await here.GetRequiredService<Retries>().CloseDeadAsync(TestContext.Current.CancellationToken));
        Assert.Null(await runner.TriggerAsync(runner.Find("long")!, "ann", false, TestContext.Current.CancellationToken));

        await elsewhere.GetRequiredService<Heartbeat>().BeatAsync(TestContext.Current.CancellationToken);
        Assert.Equal($"{trigger} 1 succeeded", await _long.RunsAsync(panel));
        Assert.Equal(2, parts);
    }

    [Fact]
    public async Task While_all_is_paused_a_run_without_a_request_is_ended_instead_of_gone_on_with()
    {
        await using var panel = await StartAsync(ct => Task.Delay(Timeout.Infinite, ct));
        var runner = panel.Services.GetRequiredService<JobRunner>();
        using var outOfTime = new CancellationTokenSource();
        var begun = (await runner.TriggerAsync(runner.Find("long")!, "ann", false, TestContext.Current.CancellationToken,
            outOfTime.Token))!.Value.Outcome;
        await _begun.Task;
        await outOfTime.CancelAsync();
        await begun;
        await panel.Database.ExecuteAsync("insert into cron_service.pauses (job, paused_by, note) values ('*', 'ann', 'moving house')");

        await panel.Services.GetRequiredService<Heartbeat>().BeatAsync(TestContext.Current.CancellationToken);
        Assert.Equal("manual 1 cancelled", await _long.RunsAsync(panel));
        Assert.False(await panel.Database.ScalarAsync<bool>("select is_cut_off from cron_service.runs where job = 'long'"));
    }

    [Fact]
    public async Task A_task_whose_time_is_over_leaves_the_rest_to_the_next_beat_and_the_tasks_after_it_have_their_turn()
    {
        var (begun, after) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var panel = await TestPanel.StartAsync(services =>
        {
            services.AddSingleton(new HeartbeatTask("something endless", ct =>
            {
                begun.SetResult();
                return Task.Delay(Timeout.Infinite, ct);
            }, TimeSpan.FromMinutes(1)));
            services.AddSingleton(new HeartbeatTask("something short", _ =>
            {
                after.SetResult();
                return Task.CompletedTask;
            }));
            services.AddSingleton<TimeProvider>(_minute);
        });

        var beat = panel.Services.GetRequiredService<Heartbeat>().BeatAsync(TestContext.Current.CancellationToken);
        await begun.Task;
        Assert.False(after.Task.IsCompleted);
        await panel.Database.ExecuteAsync("update cron_service.heartbeat set last_beat_at = now() - interval '10 minutes'");
        _minute.RunOut();

        await after.Task;
        await beat;
        // It was noted again before the later task: nobody misses a heartbeat during a long one.
        Assert.InRange((await panel.Services.GetRequiredService<LastHeartbeat>().AgeAsync(TestContext.Current.CancellationToken))!.Value,
            TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    private Task<TestPanel> StartAsync(Func<CancellationToken, Task> work)
    {
        _long.Step = async (_, ct) =>
        {
            _begun.TrySetResult();
            await work(ct);
            return new(RunStatus.Succeeded, null, []);
        };
        return TestPanel.StartAsync(services =>
        {
            _long.Register(services);
            _other.Register(services);
            services.AddSingleton<TimeProvider>(_minute);
        });
    }
}
