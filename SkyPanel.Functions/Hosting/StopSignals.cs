using System.Runtime.InteropServices;

namespace SkyPanel.Functions.Hosting;

/// <summary>Turns Ctrl-C and SIGTERM into a cancelled token, from the first moment of the process: a host hears of them only once it
/// has started.</summary>
public sealed class StopSignals : IDisposable
{
    private static readonly PosixSignal[] Signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT];

    private readonly CancellationTokenSource _stopping = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals() => _registrations = [.. Signals.Select(signal => PosixSignalRegistration.Create(signal, Stop))];

    public CancellationToken Stopping => _stopping.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _stopping.Dispose();
    }

    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true; // Or the runtime would end the process at once.
        _stopping.Cancel();
    }
}
