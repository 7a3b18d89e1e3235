using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SkyPanel.LocalHost;

/// <summary>Runs the timers. They start after everything else, and stop as in the Functions host: no further occurrence fires, and
/// running functions have 10 seconds to end before their tokens are cancelled.</summary>
public sealed class LocalTimers : IHostedService, IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly TimerBinding[] _bindings;
    private readonly TimerInvocation _invocation;
    private readonly CancellationTokenSource _aborting;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private Task _running = Task.CompletedTask;

    internal LocalTimers(
        TimerBinding[] bindings, HostJson hostJson, IServiceScopeFactory scopes,
        IHostApplicationLifetime lifetime, TimeProvider time, ILogger<LocalTimers> logger)
    {
        (_bindings, _lifetime, _time, _logger) = (bindings, lifetime, time, logger);
        _aborting = new(Timeout.InfiniteTimeSpan, time);
        _invocation = new(scopes, hostJson.FunctionTimeout, time, logger, _aborting.Token);
    }

    /// <returns>The schedule of the timer bound to a setting, such as <c>Cron:HourlyBilling:Schedule</c>; null when there is
    /// none.</returns>
    public string? BoundTo(string setting) => OfSetting(setting)?.Current.Schedule.Expression;

    /// <summary>Binds the timer of a setting, if any, to another schedule, and drops missed occurrences of the old one.</summary>
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

    public void Dispose() => _aborting.Dispose();

    private Task RunAsync() => Task.WhenAll(_bindings.Select(binding => Task.Run(() => RunAsync(binding))));

    private async Task RunAsync(TimerBinding binding)
    {
        try
        {
            await new TimerLoop(binding, _invocation, _time, _lifetime.ApplicationStopping).RunAsync();
        }
        catch (Exception exception)
        {
            _logger.LogCritical(exception, "Timer '{Function}' has stopped.", binding.Function.Name);
        }
    }

    private TimerBinding? OfSetting(string setting) => _bindings.FirstOrDefault(timer => timer.Function.Schedule == $"%{setting}%");
}
