using System.Security.Cryptography.X509Certificates;

namespace SkyPanel.Demo.Simulators.Mail;

/// <summary>How a mail sink encrypts.</summary>
/// <param name="IsFromTheStart">Before its first word; else by STARTTLS, for clients that ask for it.</param>
public sealed record MailTls(X509Certificate2 Certificate, bool IsFromTheStart);
