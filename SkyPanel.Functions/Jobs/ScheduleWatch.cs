using Microsoft.Extensions.Hosting;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Compares the stored settings of all jobs with those seen before: logs changes, writes next run times to the panel, and syncs
/// schedules to the stores of the timers' settings. Runs at the start, with each heartbeat and after each change over HTTP.</summary>
public sealed class ScheduleWatch(JobRunner runner, RunExecution execution, Pauses pauses, ScheduleSync sync,
    IHostApplicationLifetime lifetime, ILogger<ScheduleWatch> logger) : IHostedService, IDisposable
{
    // One pass at a time, so that no older state is logged or synced after a newer one.
    private readonly SemaphoreSlim _one = new(1);
    private readonly Dictionary<string, (bool Enabled, string Schedule)> _logged = new();
    private Task _first = Task.CompletedTask;

    public async Task CheckAsync(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            var stored = new List<(string, string)>();
            var paused = await pauses.FindAsync(runner.Jobs.Select(job => job.Name), ct);
            foreach (var job in runner.Jobs)
            {
                var settings = await job.ReadSettingsAsync(ct);
                // Before the take-over the panel writes its next run itself.
                if (Tell(job, settings, paused[job.Name]) && settings.TakenOverAt is not null)
                    await execution.TellRunTimesAsync(job, hasRun: false);
                stored.Add((job.ScheduleSetting, settings.Schedule.Expression));
            }
            await sync.SyncAsync(stored, ct);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // A store that doesn't answer must not delay the start.
        _first = Task.Run(async () =>
        {
            try
            {
                await CheckAsync(lifetime.ApplicationStopping);
                logger.LogInformation("✅ Cron jobs initialized successfully");
            }
            catch (Exception e) when (!lifetime.ApplicationStopping.IsCancellationRequested) // The next heartbeat retries.
            {
                if (RunError.IsOutage(e))
                    logger.LogError("❌ Error initializing cron jobs: {Reason}", e.Message);
                else
                    logger.LogError(e, "❌ Error initializing cron jobs");
            }
        }, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _first.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var job in runner.Jobs.Where(job => _logged.GetValueOrDefault(job.Name).Enabled))
            logger.LogInformation("✅ {Job} cron job stopped", job.Title);
    }

    // False when nothing has changed. Pauses are logged where they are made.
    private bool Tell(IJob job, JobSettings settings, Pause? pause)
    {
        var schedule = settings.Schedule.TimeZone == "UTC" ? settings.Schedule.Expression
            : $"{settings.Schedule.Expression} ({settings.Schedule.TimeZone})";
        var now = (settings.Enabled, schedule);
        var wasLogged = _logged.TryGetValue(job.Name, out var before);
        if (wasLogged && before == now)
            return false;
        _logged[job.Name] = now;
        if (!wasLogged && !settings.Enabled)
            logger.LogInformation("{Job} cron is disabled{Alert}", job.Title, settings.Alert is null ? "" : $": {settings.Alert}");
        else if (settings.Enabled && !before.Enabled && pause is not null)
            logger.LogInformation("{Job} is enabled with schedule {Schedule}, and {Pause}", job.Title, schedule, pause);
        else if (settings.Enabled && !before.Enabled)
            logger.LogInformation("✅ {Job} cron job started with schedule: {Schedule}", job.Title, schedule);
        else if (!settings.Enabled && before.Enabled)
            logger.LogInformation("✅ {Job} cron job stopped", job.Title);
        if (wasLogged && before.Enabled == settings.Enabled && before.Schedule != schedule)
            logger.LogInformation("✅ {Job} cron schedule changed to: {Schedule} (was {Before})", job.Title, schedule, before.Schedule);
        return true;
    }
}
