using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SkyPanel.LocalWorker.Worker;

/// <summary>The timers. They start once everything else has, and stop as those of the Functions host do: nothing new fires,
/// what runs has 10 seconds to end, and only then is its token cancelled.</summary>
public sealed class LocalTimers : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, TimerBinding> bindings;
    private readonly TimerStatusStore? store;
    private readonly TimerInvocation invocation;
    private readonly CancellationTokenSource aborting;
    private readonly IHostApplicationLifetime lifetime;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private Task running = Task.CompletedTask;

    internal LocalTimers(
        TimerBinding[] bindings, HostJson hostJson, IConfiguration configuration, IServiceScopeFactory scopes,
        IHostApplicationLifetime lifetime, TimeProvider time, ILogger<LocalTimers> logger)
    {
        (this.lifetime, this.time, this.logger) = (lifetime, time, logger);
        this.bindings = bindings.ToDictionary(binding => binding.Function.Name);
        store = configuration.GetConnectionString("SkyPanel") is { Length: > 0 } connectionString ? new(connectionString) : null;
        aborting = new(Timeout.InfiniteTimeSpan, time);
        invocation = new(scopes, hostJson.FunctionTimeout, time, logger, aborting.Token);
    }

    /// <exception cref="ArgumentException">There is no timer of that name.</exception>
    public string BoundSchedule(string functionName) => Find(functionName).Current.Schedule.Expression;

    /// <summary>Binds a timer to another schedule, as restarting the Functions host with a changed setting does: its status is
    /// reset, and an occurrence that was missed on the old schedule is dropped.</summary>
    /// <exception cref="ArgumentException">There is no timer of that name.</exception>
    /// <exception cref="FormatException">It isn't a schedule; the message says why, as the end of a sentence.</exception>
    public void Rebind(string functionName, string schedule) => Find(functionName).Rebind(TimerSchedule.Parse(schedule));

    /// <returns>The schedule of the timer that is bound to a setting, as <c>Cron:HourlyBilling:Schedule</c>; null when none is.</returns>
    public string? BoundTo(string setting) => OfSetting(setting)?.Current.Schedule.Expression;

    /// <summary>Binds the timer of a setting, if there is one, to another schedule: as <see cref="Rebind"/>.</summary>
    /// <exception cref="FormatException">It isn't a schedule; the message says why, as the end of a sentence.</exception>
    public void RebindTo(string setting, string schedule) => OfSetting(setting)?.Rebind(TimerSchedule.Parse(schedule));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() => running = Task.Run(RunAsync));
        lifetime.ApplicationStopping.Register(() => aborting.CancelAfter(Grace));
        return Task.CompletedTask;
    }

    /// <returns>When the last invocation has ended.</returns>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!running.IsCompleted)
            logger.LogWarning("A function ignores that its token is cancelled; the process ends without it.");
    }

    public async ValueTask DisposeAsync()
    {
        aborting.Dispose();
        if (store is not null)
            await store.DisposeAsync();
    }

    private async Task RunAsync()
    {
        var stored = await StoredAsync();
        await Task.WhenAll(bindings.Select(timer => Task.Run(() => RunAsync(timer.Value, stored.GetValueOrDefault(timer.Key)))));
    }

    private async Task RunAsync(TimerBinding binding, TimerStatus? stored)
    {
        try
        {
            await new TimerLoop(binding, invocation, store, time, logger, lifetime.ApplicationStopping).RunAsync(stored);
        }
        catch (Exception exception)
        {
            logger.LogCritical(exception, "Timer '{Function}' has stopped.", binding.Function.Name);
        }
    }

    private async Task<Dictionary<string, TimerStatus>> StoredAsync()
    {
        try
        {
            return store is null ? [] : await store.AllAsync(lifetime.ApplicationStopping);
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "The status of the timers could not be read: what was missed is not made up for.");
            return [];
        }
    }

    private TimerBinding? OfSetting(string setting) => bindings.Values.FirstOrDefault(timer => timer.Function.Schedule == $"%{setting}%");

    private TimerBinding Find(string functionName) => bindings.GetValueOrDefault(functionName) ?? throw new ArgumentException(
        $"There is no timer '{functionName}'; there are: {string.Join(", ", bindings.Keys)}.", nameof(functionName));
}
