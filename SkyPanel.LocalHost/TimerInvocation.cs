using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SkyPanel.LocalHost;

/// <summary>Runs a timer's function once, in its own scope, within the time limit of host.json.</summary>
/// <param name="aborting">Cancelled when the grace period of a shutdown is over.</param>
internal sealed class TimerInvocation(
    IServiceScopeFactory scopes, TimeSpan? functionTimeout, TimeProvider time, ILogger logger, CancellationToken aborting)
{
    /// <returns>Whether it succeeded in time. Exceptions are logged, not rethrown.</returns>
    public async Task<bool> SucceedsAsync(TimerFunction function, TimerInfo timer)
    {
        using var timeout = new CancellationTokenSource(functionTimeout ?? Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborting, timeout.Token);
        await using var told = timeout.Token.Register(() => logger.LogError(
            "Function '{Function}' runs longer than the timeout of {Timeout}: its token is cancelled.", function.Name, functionTimeout));
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await function.InvokeAsync(scope.ServiceProvider, timer, either.Token);
            return !timeout.IsCancellationRequested;
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            logger.LogWarning("Function '{Function}' was cancelled.", function.Name);
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "Function '{Function}' failed.", function.Name);
        }

        return false;
    }
}
