namespace SkyPanel.Functions.Outbox;

/// <summary>Delivers the outbox's messages at least once, on any number of instances. A message is repeated if a process dies before it
/// stored the receiver's answer.</summary>
public sealed class OutboxDelivery(
    OutboxClaims claims, IEnumerable<OutboxHandler> handlers, TimeProvider time, IOptions<OutboxOptions> options,
        ILogger<OutboxDelivery> logger)
{
    private const int AtOnce = 4;

    // The claim outlasts the attempt, so that no other process sends it too.
    private static readonly TimeSpan AttemptTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ClaimTime = TimeSpan.FromSeconds(60);

    // Older messages are useless.
    private static readonly TimeSpan MaxPutOffTime = TimeSpan.FromDays(1);

    private readonly Dictionary<string, OutboxHandler> _handlers = handlers.ToDictionary(handler => handler.Kind);

    /// <summary>Attempts all due messages.</summary>
    /// <param name="ct">Stops between messages. The current one is finished.</param>
    public Task DeliverAsync(CancellationToken ct) => Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => DeliverAllAsync(ct)));

    private async Task DeliverAllAsync(CancellationToken ct)
    {
        string[] kinds = [.. _handlers.Keys];
        while (!ct.IsCancellationRequested && await claims.TakeAsync(kinds, ClaimTime, ct) is { } message)
            await NoteAsync(message, await AttemptAsync(message));
    }

    private async Task<AttemptOutcome> AttemptAsync(OutboxMessage message)
    {
        using var timeLimit = new CancellationTokenSource(AttemptTime, time);
        try
        {
            return await _handlers[message.Kind].AttemptAsync(message, timeLimit.Token);
        }
        catch (OperationCanceledException) when (timeLimit.IsCancellationRequested)
        {
            return new AttemptOutcome.Failed($"no answer within {AttemptTime.TotalSeconds:0} s");
        }
        catch (Exception e) // A message that breaks its handler must not keep the others from going out.
        {
            logger.LogError(e, "Outbox message {Id} ({Kind}) broke its handler", message.Id, message.Kind);
            return new AttemptOutcome.Failed(e.GetType().Name);
        }
    }

    private async Task NoteAsync(OutboxMessage message, AttemptOutcome outcome)
    {
        switch (outcome)
        {
            case AttemptOutcome.Settled:
                await claims.CloseAsync(message, OutboxState.Settled, null);
                break;
            case AttemptOutcome.Failed(var reason, _):
                logger.LogWarning("Outbox message {Id} ({Kind}) was not delivered, attempt {Attempt}: {Reason}", message.Id, message.Kind,
                    message.Attempts + 1, reason);
                await claims.FailAsync(message, reason, options.Value.MaxAttempts);
                break;
            case AttemptOutcome.PutOff(var wait, var reason) when time.GetUtcNow() - message.CreatedAt < MaxPutOffTime:
                await claims.PutOffAsync(message, wait, reason);
                break;
            case AttemptOutcome.PutOff(_, var reason):
                await DiscardAsync(message, $"older than {MaxPutOffTime.TotalHours:0} hours: {reason}");
                break;
            case AttemptOutcome.Discarded(var reason):
                await DiscardAsync(message, reason);
                break;
        }
    }

    private Task DiscardAsync(OutboxMessage message, string reason)
    {
        logger.LogWarning("Outbox message {Id} ({Kind}) is discarded: {Reason}", message.Id, message.Kind, reason);
        return claims.CloseAsync(message, OutboxState.Discarded, reason);
    }
}
