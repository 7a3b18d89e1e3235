using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace SkyPanel.Functions.Jobs;

/// <summary>Executes runs independently of their callers. At a shutdown each run stops at a safe point, and the app waits for it.</summary>
public sealed class BackgroundRuns(IHostApplicationLifetime lifetime) : IHostedService
{
    private readonly ConcurrentDictionary<Task, bool> _underWay = new();

    /// <param name="work">The run, which must stop at a safe point when its token is cancelled.</param>
    public Task<T> Start<T>(Func<CancellationToken, Task<T>> work)
    {
        Task<T> task;
        // Detaches log scopes and spans from the caller.
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
