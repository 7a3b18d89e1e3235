namespace SkyPanel.Demo.Simulators.Mail;

/// <summary>A mail as it was received.</summary>
/// <param name="User">Who logged in; null when nobody did.</param>
/// <param name="From">The sender of the envelope.</param>
/// <param name="To">The recipient of the envelope.</param>
/// <param name="Data">Headers and body, as they were sent.</param>
public sealed record ReceivedMail(int Number, DateTimeOffset ReceivedAt, string? User, string From, string To, string Data);
