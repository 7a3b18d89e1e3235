namespace SkyPanel.Functions.Outbox;

/// <summary>A message that was claimed for one attempt.</summary>
/// <param name="Payload">JSON, as its kind wants it.</param>
/// <param name="Attempts">Those that failed before this one.</param>
public sealed record OutboxMessage(long Id, int ClaimNumber, string Kind, string Payload, int Attempts, DateTimeOffset CreatedAt);

/// <summary>Who delivers one kind of message. An attempt is given up when its claim's time is over.</summary>
public sealed record OutboxHandler(string Kind, Func<OutboxMessage, CancellationToken, Task<AttemptOutcome>> AttemptAsync);

/// <summary>What came of an attempt.</summary>
public abstract record AttemptOutcome
{
    private AttemptOutcome() { }

    /// <summary>Delivered.</summary>
    public sealed record Settled : AttemptOutcome;

    /// <summary>It failed, and may succeed later: with back-off, until it was tried too often.</summary>
    public sealed record Failed(string Reason) : AttemptOutcome;

    /// <summary>It could not be tried now. No attempt is counted.</summary>
    public sealed record PutOff(TimeSpan Wait, string Reason) : AttemptOutcome;

    /// <summary>It will never succeed.</summary>
    public sealed record Discarded(string Reason) : AttemptOutcome;
}
