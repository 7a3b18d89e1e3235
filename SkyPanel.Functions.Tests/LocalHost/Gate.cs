namespace SkyPanel.Functions.Tests.LocalHost;

/// <summary>Holds one invocation until the test lets it through or its token is cancelled.</summary>
public sealed class Gate
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsCancelled => cancelled.Task.IsCompleted;

    public void Open() => opened.TrySetResult();

    public Task EnteredAsync() => entered.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

    public Task CancelledAsync() => cancelled.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

    public async Task PassAsync(CancellationToken cancellationToken)
    {
        entered.TrySetResult();
        try
        {
            await opened.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            cancelled.TrySetResult();
            throw;
        }
    }
}
