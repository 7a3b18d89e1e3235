using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Health;

/// <summary>Whether notices to customers can go out: the mail server, and channels that fail.</summary>
public sealed class NoticeFindings(NoticeChecks checks, MailClient mail)
{
    public async Task<IReadOnlyList<Finding>> FindAsync(CancellationToken ct)
    {
        var notices = await checks.FindAsync(ct);
        return [await MailAsync(isOn: notices.State != FindingState.Off, ct), notices];
    }

    private async Task<Finding> MailAsync(bool isOn, CancellationToken ct)
    {
        const string Name = "mail", Advice = "Set Mail:Host and Mail:From.";
        if (!mail.IsConfigured)
            return isOn ? Finding.Warning(Name,
                "Notices to customers are on, and no mail server is configured: they see them in the panel only.", Advice)
                : Finding.Off(Name, "No mail server is configured.", $"{Advice} Not needed while notices are off.");
        return await mail.ProbeAsync(ct) is { } problem ? Finding.Failing(Name, $"No mail can be sent: {problem}.",
            "Check the settings of Mail, and that the server can be reached from here.")
            : Finding.Ok(Name, "The mail server takes connections and the log-in.");
    }
}
