namespace SkyPanel.Functions.Outbox;

/// <summary>A mail to one recipient, as plain text and as HTML.</summary>
/// <param name="MessageKey">The left part of the Message-Id: the same for each attempt, so that a repeat can be recognised.</param>
/// <param name="To">The recipient's address.</param>
/// <param name="Name">The recipient's name; may be empty.</param>
public sealed record OutgoingMail(string MessageKey, string To, string Name, string Subject, string Text, string Html);

/// <summary>The result of sending a mail.</summary>
public abstract record MailAnswer
{
    private MailAnswer() { }

    /// <summary>The server accepted the mail.</summary>
    public sealed record Accepted : MailAnswer;

    /// <summary>The server refuses this mail or its recipient permanently.</summary>
    public sealed record Refused(string Reason) : MailAnswer;

    /// <summary>The mail wasn't accepted, but may be later.</summary>
    public sealed record Failed(string Reason) : MailAnswer;

    /// <summary>The server failed shortly before: no attempt was made.</summary>
    public sealed record Paused(TimeSpan Wait, string Reason) : MailAnswer;
}
