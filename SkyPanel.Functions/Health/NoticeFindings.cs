using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Health;

/// <summary>Whether notices to customers can go out: the mail server, and channels that fail.</summary>
public sealed class NoticeFindings(NoticeChecks checks, MailClient mail)
{
    public async Task<IReadOnlyList<Finding>> FindAsync(CancellationToken ct)
    {
        var isOn = await checks.IsOnAsync(ct);
        var failing = isOn ? await checks.FailingAsync(ct) : [];
        return
        [
            await MailAsync(isOn, ct),
            !isOn ? Finding.Off("notices", "Notices to customers are off.",
                "Enable them (PUT /api/admin/customers/policy) when customers are to be warned.")
            : failing.Count > 0 ? Finding.Failing("notices",
                $"In 24 hours no notice came through by {string.Join("; ", failing.Select(one => $"{one.Channel} ({one.Reason})"))}.",
                "See GET /api/admin/customers/notices?state=discarded, mend it, and send them again.")
            : Finding.Ok("notices", "Notices to customers are on, and no channel fails."),
        ];
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
