using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SkyPanel.LocalHost;

/// <summary>Runs the timers. They start after everything else, and stop as in the Functions host: no further occurrence fires, and
/// running functions have 10 seconds to end before their tokens are cancelled.</summary>
public sealed class LocalTimers : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, TimerBinding> _bindings;
    private readonly TimerStatusStore? _store;
    private readonly TimerInvocation _invocation;
    private readonly CancellationTokenSource _aborting;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private Task _running = Task.CompletedTask;

    internal LocalTimers(
        TimerBinding[] bindings, HostJson hostJson, IConfiguration configuration, IServiceScopeFactory scopes,
        IHostApplicationLifetime lifetime, TimeProvider time, ILogger<LocalTimers> logger)
    {
        (_lifetime, _time, _logger) = (lifetime, time, logger);
        _bindings = bindings.ToDictionary(binding => binding.Function.Name);
        _store = configuration.GetConnectionString("SkyPanel") is { Length: > 0 } connectionString ? new(connectionString) : null;
        _aborting = new(Timeout.InfiniteTimeSpan, time);
        _invocation = new(scopes, hostJson.FunctionTimeout, time, logger, _aborting.Token);
    }

    /// <exception cref="ArgumentException">There is no timer with that name.</exception>
    public string BoundSchedule(string functionName) => Find(functionName).Current.Schedule.Expression;

    /// <summary>Binds a timer to another schedule, like a restart of the Functions host with a changed setting: its status is reset,
    /// and a missed occurrence of the old schedule is dropped.</summary>
    /// <exception cref="ArgumentException">There is no timer with that name.</exception>
    /// <exception cref="FormatException">The text isn't a schedule. The message is the end of a sentence.</exception>
    public void Rebind(string functionName, string schedule) => Find(functionName).Rebind(TimerSchedule.Parse(schedule));

    /// <returns>The schedule of the timer bound to a setting, such as <c>Cron:HourlyBilling:Schedule</c>; null when there is
    /// none.</returns>
    public string? BoundTo(string setting) => OfSetting(setting)?.Current.Schedule.Expression;

    /// <summary>Binds the timer of a setting, if any, to another schedule; see <see cref="Rebind"/>.</summary>
    /// <exception cref="FormatException">The text isn't a schedule. The message is the end of a sentence.</exception>
    public void RebindTo(string setting, string schedule) => OfSetting(setting)?.Rebind(TimerSchedule.Parse(schedule));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _lifetime.ApplicationStarted.Register(() => _running = Task.Run(RunAsync));
        _lifetime.ApplicationStopping.Register(() => _aborting.CancelAfter(Grace));
        return Task.CompletedTask;
    }

    /// <returns>A task that completes with the last invocation.</returns>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_running.IsCompleted)
            _logger.LogWarning("A function ignores that its token is cancelled; the process ends without it.");
    }

    public async ValueTask DisposeAsync()
    {
        _aborting.Dispose();
        if (_store is not null)
            await _store.DisposeAsync();
    }

    private async Task RunAsync()
    {
        var stored = await StoredAsync();
        await Task.WhenAll(_bindings.Select(timer => Task.Run(() => RunAsync(timer.Value, stored.GetValueOrDefault(timer.Key)))));
    }

    private async Task RunAsync(TimerBinding binding, TimerStatus? stored)
    {
        try
        {
            await new TimerLoop(binding, _invocation, _store, _time, _logger, _lifetime.ApplicationStopping).RunAsync(stored);
        }
        catch (Exception exception)
        {
            _logger.LogCritical(exception, "Timer '{Function}' has stopped.", binding.Function.Name);
        }
    }

    private async Task<Dictionary<string, TimerStatus>> StoredAsync()
    {
        try
        {
            return _store is null ? [] : await _store.AllAsync(_lifetime.ApplicationStopping);
        }
        catch (Exception exception)
        {
            _logger.LogError("The status of the timers could not be read, what was missed is not made up for: {Reason}", exception.Message);
            return [];
        }
    }

    private TimerBinding? OfSetting(string setting) => _bindings.Values.FirstOrDefault(timer => timer.Function.Schedule == $"%{setting}%");

    private TimerBinding Find(string functionName) => _bindings.GetValueOrDefault(functionName) ?? throw new ArgumentException(
        $"There is no timer '{functionName}'; there are: {string.Join(", ", _bindings.Keys)}.", nameof(functionName));
}
