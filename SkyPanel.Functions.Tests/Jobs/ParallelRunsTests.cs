using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Jobs;

public sealed class ParallelRunsTests : IAsyncLifetime
{
    private const int Limit = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly List<string> _begun = [];
    private readonly Dictionary<string, TaskCompletionSource> _ends = [];
    private readonly SemaphoreSlim _begins = new(0);
    private readonly HandTimer _patience = new(TimeSpan.FromSeconds(30));
    private readonly TestJob[] _jobs;
    private int _running, _most;
    private TestPanel _panel = null!;

    public ParallelRunsTests() => _jobs = [.. Enumerable.Range(1, 7).Select(Job)];

    public async ValueTask InitializeAsync()
    {
        _panel = await TestPanel.StartAsync(services =>
        {
            Array.ForEach(_jobs, job => job.Register(services));
            services.AddSingleton<TimeProvider>(_patience);
        }, ("Jobs:MaxParallelRuns", $"{Limit}"));
        foreach (var job in _jobs)
            await job.MakeDueAsync(_panel);
    }

    public async ValueTask DisposeAsync()
    {
        _begins.Dispose();
        await _panel.DisposeAsync();
    }

    [Fact]
    public async Task Never_more_than_the_limit_run_side_by_side_in_a_process_and_each_gets_its_turn_in_the_order_of_waking()
    {
        var wakes = _jobs.Select(job => job.WakeAsync(_panel.Services)).ToArray();
        for (var done = 0; done < _jobs.Length; done++)
        {
            await BegunAsync(Math.Min(_jobs.Length, done + Limit));
            _ends[_jobs[done].Name].SetResult();
            await wakes[done];
        }

        Assert.Equal(Limit, _most);
        // Those that had room at once may have begun in either order.
        Assert.Equal(_jobs.Skip(Limit).Select(job => job.Name), _begun.Skip(Limit));
        Assert.Equal(_jobs.Length,
            await _panel.Database.ScalarAsync<long>(
            "select count(*) from cron_service.runs where status = 'succeeded' and trigger = 'schedule'"));
    }

    [Fact]
    public async Task A_run_by_hand_waits_for_no_room_and_another_process_has_room_of_its_own()
    {
        var other = _panel.StartApp(("Jobs:MaxParallelRuns", $"{Limit}"));
        Task[] full = [_jobs[0].WakeAsync(_panel.Services), _jobs[1].WakeAsync(_panel.Services)];
        await BegunAsync(2);
        var waiting = _jobs[2].WakeAsync(_panel.Services);

        var byHand = _jobs[3].TriggerAsync(_panel.Services);
        await BegunAsync(3);
        _ends[_jobs[3].Name].SetResult();
        Assert.Equal(RunStatus.Succeeded, (await byHand).Status);
        Assert.Null(await _jobs[2].RunsAsync(_panel));

        var elsewhere = _jobs[2].WakeAsync(other);
        await BegunAsync(4);
        Assert.Equal("schedule 1 running", await _jobs[2].RunsAsync(_panel));
        foreach (var job in _jobs[..3])
            _ends[job.Name].SetResult();
        await Task.WhenAll([.. full, elsewhere, waiting]);
        Assert.Equal("schedule 1 succeeded", await _jobs[2].RunsAsync(_panel));
    }

    // The Functions host cuts off a timer that waits for one long run and then begins another.
    [Fact]
    public async Task A_timer_that_finds_no_room_steps_back_and_the_heartbeat_whose_turn_comes_starts_the_run_once()
    {
        Task[] full = [_jobs[0].WakeAsync(_panel.Services), _jobs[1].WakeAsync(_panel.Services)];
        await BegunAsync(2);
        var timer = _jobs[2].WakeAsync(_panel.Services);
        var heartbeat = _panel.Services.GetRequiredService<JobRunner>()
            .WakeInBackgroundAsync(_jobs[2].Name, TimeSpan.FromMinutes(55), CancellationToken.None);
        Assert.False(timer.IsCompleted);

        _patience.RunOut();
        await timer.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.Null(await _jobs[2].RunsAsync(_panel));
        Assert.False(heartbeat.IsCompleted);

        foreach (var job in _jobs[..3])
            _ends[job.Name].SetResult();
        await Task.WhenAll([.. full, heartbeat]);
        Assert.Equal("schedule 1 succeeded", await _jobs[2].RunsAsync(_panel));
        // The room that it did not get is not lost.
        Task[] next = [_jobs[3].WakeAsync(_panel.Services), _jobs[4].WakeAsync(_panel.Services)];
        await BegunAsync(5);
        foreach (var job in _jobs[3..5])
            _ends[job.Name].SetResult();
        await Task.WhenAll(next);
        Assert.Equal(Limit, _most);
    }

    private TestJob Job(int number)
    {
        var job = new TestJob($"job-{number}");
        var end = _ends[job.Name] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        job.Step = async (_, ct) =>
        {
            lock (_lock)
            {
                _most = Math.Max(_most, ++_running);
                _begun.Add(job.Name);
            }
            _begins.Release();
            await end.Task.WaitAsync(ct);
            lock (_lock)
                _running--;
            return new RunOutcome(RunStatus.Succeeded, null, []);
        };
        return job;
    }

    private async Task BegunAsync(int runs)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_begun.Count >= runs)
                    return;
            }
            Assert.True(await _begins.WaitAsync(Patience, TestContext.Current.CancellationToken),
                $"{runs} runs had not begun within {Patience}.");
        }
    }
}
