using System.Security.Cryptography.X509Certificates;

namespace SkyPanel.Demo.Simulators.Mail;

/// <summary>The encryption of a mail sink.</summary>
/// <param name="IsFromTheStart">Whether a connection begins with TLS; otherwise clients may use STARTTLS.</param>
public sealed record MailTls(X509Certificate2 Certificate, bool IsFromTheStart);
