namespace SkyPanel.Functions.Outbox;

/// <summary>The result of a call.</summary>
public abstract record DiscordAnswer
{
    private DiscordAnswer() { }

    public sealed record Ok : DiscordAnswer;

    /// <summary>Discord asked to wait, now or before: nothing was posted.</summary>
    public sealed record RateLimited(TimeSpan Wait) : DiscordAnswer;

    /// <summary>The webhook is gone or refuses access (401, 403, 404): it isn't used for an hour, or until the setting changes.</summary>
    public sealed record Closed(string Reason) : DiscordAnswer;

    /// <summary>Discord refuses this message permanently.</summary>
    public sealed record Refused(string Reason) : DiscordAnswer;

    /// <summary>No answer, or an unclear one: a later attempt may succeed.</summary>
    public sealed record Unknown(string Reason) : DiscordAnswer;
}
