namespace SkyPanel.Functions.Jobs;

/// <summary>Renews the lease of a run, and cancels the run when the lease is lost or a stop is requested.</summary>
public sealed class LeaseKeeper : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopped = new();
    private readonly CancellationTokenSource _lost;
    private readonly Task _renewing;

    public LeaseKeeper(Leases leases, StopRequests requests, RunContext run, TimeProvider time, ILogger logger, CancellationToken ct)
    {
        _lost = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _renewing = RenewAsync(leases, requests, run, time, logger);
    }

    /// <summary>Cancelled with the caller's token, when the lease is lost, or when a stop is requested.</summary>
    public CancellationToken Token => _lost.Token;

    /// <summary>The requester of the stop, and the reason; null without a request.</summary>
    public string? StopReason { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await _renewing;
        _lost.Dispose();
        _stopped.Dispose();
    }

    private async Task RenewAsync(Leases leases, StopRequests requests, RunContext run, TimeProvider time, ILogger logger)
    {
        var job = run.Fence.Job;
        var renewedAt = time.GetTimestamp();
        try
        {
            while (true)
            {
                await Task.Delay(leases.TimeToLive / 3, time, _stopped.Token);
                try
                {
                    var before = time.GetTimestamp();
                    if (!await leases.RenewAsync(run.Fence, _stopped.Token))
                        break;
                    renewedAt = before;
                    if (StopReason is null && (StopReason = await requests.FindAsync(job, run.RunId, _stopped.Token)) is { } reason)
                    {
                        logger.LogInformation("{Job}: {Run} stops at a safe point: {Reason}", job, run.Label, reason);
                        await _lost.CancelAsync();
                    }
                }
                catch (NpgsqlException e) when (time.GetElapsedTime(renewedAt) < leases.TimeToLive) // The lease still runs; try again.
                {
                    logger.LogWarning("The lease of {Job} could not be renewed: {Reason}", job, e.Message);
                }
            }
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested) // The run is over.
        {
            return;
        }
        catch (NpgsqlException) // It has run out by now: what the run still writes is refused by its fencing number.
        {
        }
        logger.LogError("The lease of {Job} was lost: its run stops", job);
        await _lost.CancelAsync();
    }
}
