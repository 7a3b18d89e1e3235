using System.Diagnostics;

namespace SkyPanel.Benchmarks;

/// <summary>The process's largest working set while something runs, sampled every 20 ms.</summary>
internal sealed class PeakMemory : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private readonly CancellationTokenSource _stopped = new();
    private readonly Task<long> _sampling;

    public PeakMemory() => _sampling = SampleAsync();

    public void Dispose() => _stopped.Dispose();

    public async Task<long> StopAsync()
    {
        await _stopped.CancelAsync();
        return await _sampling;
    }

    private async Task<long> SampleAsync()
    {
        using var process = Process.GetCurrentProcess();
        using var timer = new PeriodicTimer(Interval);
        var peak = 0L;
        do
        {
            process.Refresh();
            peak = Math.Max(peak, process.WorkingSet64);
        }
        while (!_stopped.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None));
        return peak;
    }
}
