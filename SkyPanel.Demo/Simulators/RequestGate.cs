using System.Threading.Channels;

namespace SkyPanel.Demo.Simulators;

/// <summary>Holds requests until it is opened, so that a test can force an overlap: add it as a fault, wait for the arrivals,
/// check, open.</summary>
public sealed class RequestGate
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<bool> _arrivals = Channel.CreateUnbounded<bool>();

    /// <summary>Releases all waiting and later requests.</summary>
    public void Open() => _opened.TrySetResult();

    /// <summary>Completes when this number of requests has arrived since the last call.</summary>
    public async Task WaitForArrivalsAsync(int count, CancellationToken cancellationToken)
    {
        for (var arrived = 0; arrived < count; arrived++)
            await _arrivals.Reader.ReadAsync(cancellationToken);
    }

    internal Task PassAsync(CancellationToken cancellationToken)
    {
        _arrivals.Writer.TryWrite(true);
        return _opened.Task.WaitAsync(cancellationToken);
    }
}
