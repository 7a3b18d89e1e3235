namespace SkyPanel.Demo.Simulators.Mail;

/// <param name="User">The logged-in user; null without a login.</param>
/// <param name="From">The sender of the envelope.</param>
/// <param name="To">The recipient of the envelope.</param>
/// <param name="Data">Headers and body as sent.</param>
public sealed record ReceivedMail(int Number, DateTimeOffset ReceivedAt, string? User, string From, string To, string Data);
