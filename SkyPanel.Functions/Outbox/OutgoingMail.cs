namespace SkyPanel.Functions.Outbox;

/// <summary>A mail to one recipient, as plain text and as HTML.</summary>
/// <param name="MessageKey">The left part of the Message-Id: the same for each attempt, so that a repeat can be recognised.</param>
/// <param name="To">The recipient's address.</param>
/// <param name="Name">The recipient's name; may be empty.</param>
public sealed record OutgoingMail(string MessageKey, string To, string Name, string Subject, string Text, string Html);
