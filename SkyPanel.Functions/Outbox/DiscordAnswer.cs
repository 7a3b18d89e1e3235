namespace SkyPanel.Functions.Outbox;

/// <summary>What came of a call.</summary>
public abstract record DiscordAnswer
{
    private DiscordAnswer() { }

    public sealed record Ok : DiscordAnswer;

    /// <summary>Asked to wait, or known to be: nothing was posted.</summary>
    public sealed record RateLimited(TimeSpan Wait) : DiscordAnswer;

    /// <summary>The webhook is gone or doesn't let us in (401, 403, 404): it isn't used again until the setting changes.</summary>
    public sealed record Closed(string Reason) : DiscordAnswer;

    /// <summary>This message is not taken, and won't be.</summary>
    public sealed record Refused(string Reason) : DiscordAnswer;

    /// <summary>No answer, or one that says nothing: later, it may work.</summary>
    public sealed record Unknown(string Reason) : DiscordAnswer;
}
