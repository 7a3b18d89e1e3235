using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Jobs;

public sealed class HeartbeatTests
{
    private readonly HandTimer _patience = new(TimeSpan.FromSeconds(30));
    private readonly TaskCompletionSource _begun = new(), _end = new();
    private readonly TestJob _long = new("long"), _other = new("other");

    // The host starts no beat while one is under way.
    [Fact]
    public async Task A_run_that_outlasts_its_beat_goes_on_and_the_next_beats_look_after_everything_else()
    {
        await using var panel = await StartAsync(_ => _end.Task);
        var heartbeat = panel.Services.GetRequiredService<Heartbeat>();
        await _long.MakeDueAsync(panel);

        var first = heartbeat.BeatAsync(TestContext.Current.CancellationToken);
        await _begun.Task;
        while (!first.IsCompleted)
        {
            _patience.RunOut();
            await Task.WhenAny(first, Task.Delay(20, TestContext.Current.CancellationToken));
        }
        await _other.MakeDueAsync(panel);
        await heartbeat.BeatAsync(TestContext.Current.CancellationToken);

        Assert.Equal("schedule 1 succeeded", await _other.RunsAsync(panel));
        Assert.Equal("schedule 1 running", await _long.RunsAsync(panel));
        _end.SetResult();
        await StopAsync(panel);
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
        await StopAsync(panel);

        Assert.Equal("schedule 1 cancelled", await _long.RunsAsync(panel));
        Assert.StartsWith("the app was stopped;", await panel.Database.ScalarAsync<string>("select message from cron_service.runs where job = 'long'"), StringComparison.Ordinal);
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
            services.AddSingleton<TimeProvider>(_patience);
        });
    }

    private static Task StopAsync(TestPanel panel) => panel.Services.GetRequiredService<BackgroundRuns>().StopAsync(TestContext.Current.CancellationToken);
}
