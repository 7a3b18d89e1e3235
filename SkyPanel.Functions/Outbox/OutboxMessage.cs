namespace SkyPanel.Functions.Outbox;

/// <summary>A message claimed for one attempt.</summary>
/// <param name="Payload">JSON, in the format of its kind.</param>
/// <param name="Attempts">The number of failed attempts before.</param>
public sealed record OutboxMessage(long Id, int ClaimNumber, string Kind, string Payload, int Attempts, DateTimeOffset CreatedAt);

/// <summary>Delivers one kind of message. An attempt ends with its claim at the latest.</summary>
public sealed record OutboxHandler(string Kind, Func<OutboxMessage, CancellationToken, Task<AttemptOutcome>> AttemptAsync);

/// <summary>The result of an attempt.</summary>
/// <param name="Reason">Null when it was delivered.</param>
public abstract record AttemptOutcome(string? Reason)
{
    /// <summary>Delivered.</summary>
    public sealed record Settled() : AttemptOutcome(Reason: null);

    /// <summary>Failed, but may succeed later: repeated with back-off, up to the maximum number of attempts.</summary>
    /// <param name="IsUnreachable">Whether the receiver is down, so that other messages would fail too.</param>
    public sealed record Failed(string Reason, bool IsUnreachable = false) : AttemptOutcome(Reason);

    /// <summary>Not possible now. The attempt doesn't count.</summary>
    public sealed record PutOff(TimeSpan Wait, string Reason) : AttemptOutcome(Reason);

    /// <summary>Failed permanently.</summary>
    public sealed record Discarded(string Reason) : AttemptOutcome(Reason);
}
