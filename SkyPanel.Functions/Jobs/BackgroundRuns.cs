using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace SkyPanel.Functions.Jobs;

/// <summary>Executes runs, so that each stops at a safe point when the app is stopped and the app waits for it, also where its caller has
/// hung up.</summary>
public sealed class BackgroundRuns(IHostApplicationLifetime lifetime) : IHostedService
{
    private readonly ConcurrentDictionary<Task, bool> _underWay = new();

    /// <param name="work">Stops at a safe point when its token is cancelled.</param>
    public Task<T> Start<T>(Func<CancellationToken, Task<T>> work)
    {
        Task<T> task;
        // It is no part of what called: its log lines and its span are its own.
        using (ExecutionContext.SuppressFlow())
            task = Task.Run(() => work(lifetime.ApplicationStopping), CancellationToken.None);
        _underWay[task] = true;
        _ = task.ContinueWith(ended => _underWay.TryRemove(ended, out _), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Waits for all runs.</summary>
    public async Task StopAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(_underWay.Keys).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
