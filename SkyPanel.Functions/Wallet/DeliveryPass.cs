using System.Collections.Concurrent;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Wallet;

/// <summary>The shared state of the senders of one delivery: whether to continue, how long to pause, and the results.</summary>
public sealed class DeliveryPass(TimeProvider time)
{
    private const int MostPauses = 20;
    private static readonly TimeSpan UsualPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<DeliveryFailure> _failures = new();
    private readonly Lock _lock = new();
    private DateTimeOffset _pausedUntil;
    private string? _stopReason;
    private int _pauses;
    private long _tokens;

    /// <summary>Whether VirtFusion asked to wait, and the time isn't over.</summary>
    public bool IsPaused => PauseLeft() > TimeSpan.Zero;

    /// <summary>Waits out a pause.</summary>
    /// <returns>False when the pass is over: stopped, or asked to wait too long.</returns>
    public async Task<bool> MayGoOnAsync(CancellationToken ct)
    {
        while (_stopReason is null && !ct.IsCancellationRequested)
        {
            var left = PauseLeft();
            if (left <= TimeSpan.Zero)
                return true;
            await Task.Delay(left, time, ct);
        }
        return false;
    }

    /// <summary>Makes all senders wait, as VirtFusion asked. Beyond half a minute the delivery ends, and a later one continues.</summary>
    public void Pause(TimeSpan? retryAfter)
    {
        var wait = retryAfter ?? UsualPause;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            // Requests that were sent before a pause began don't extend it.
            if (now >= _pausedUntil)
                _pauses++;
            if (wait > LongestPause || _pauses > MostPauses)
                _stopReason ??= $"VirtFusion answered 429, asking to wait {wait}: the rest is delivered later";
            _pausedUntil = now + wait > _pausedUntil ? now + wait : _pausedUntil;
        }
    }

    public void Stop(string reason) => _stopReason ??= reason;

    public void Settled(int credit) => Interlocked.Add(ref _tokens, -credit);

    public void Fail(Claim claim, string message) => _failures.Enqueue(new(claim.DebitId, claim.UserId, message));

    public DeliveryResult Result(bool isPaused) => new(Interlocked.Read(ref _tokens), _stopReason, isPaused, [.. _failures]);

    private TimeSpan PauseLeft()
    {
        lock (_lock)
            return _pausedUntil - time.GetUtcNow();
    }
}

/// <param name="Tokens">Taken, less those given back.</param>
/// <param name="StopReason">Why it ended before its time; null when every debit was attempted.</param>
/// <param name="IsPaused">Somebody paused billing, and there are debits that wait for its end.</param>
public sealed record DeliveryResult(long Tokens, string? StopReason, bool IsPaused, IReadOnlyList<DeliveryFailure> Failures)
{
    /// <summary>The failures, and the reason of an early end, as lines of a run's errors.</summary>
    public IEnumerable<RunError> Errors => Failures.Select(f => $"debit {f.DebitId} of user {f.UserId} {f.Message}")
        .Concat(StopReason is { } reason ? [reason] : []).Select(message => RunError.OfApi(message));
}

public sealed record DeliveryFailure(long DebitId, int UserId, string Message);
