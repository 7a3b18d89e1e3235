using Npgsql;
using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Delivers notices by mail, to the address that the panel has at the time.</summary>
public sealed class NoticeMail(NpgsqlDataSource database, NoticeTemplates templates, MailClient client)
{
    public OutboxHandler Handler => new("notice-mail", AttemptAsync);

    private async Task<AttemptOutcome> AttemptAsync(OutboxMessage message, CancellationToken ct)
    {
        if (!client.IsConfigured)
            return new AttemptOutcome.Discarded("mail is off: Mail:Host is not set");
        if (await DueNotice.FindAsync(database, message.Id, ct) is not { } due)
            return new AttemptOutcome.Discarded("its notice is gone");
        if (due.Email is not { } address)
            return new AttemptOutcome.Discarded(due.UserExists ? "the panel has no mail address of the user" : "the panel's user no longer exists");
        var text = await templates.RenderAsync(due.Cause, due.Facts, due.CreatedAt, due.Name, ct);
        return await client.SendAsync(new($"notice-{due.NoticeId}", address, ForeignText.Clean(due.Name), text.Subject, text.Text, text.Html), ct) switch
        {
            MailAnswer.Accepted => new AttemptOutcome.Settled(),
            MailAnswer.Refused(var reason) => new AttemptOutcome.Discarded(reason),
            MailAnswer.Failed(var reason) => new AttemptOutcome.Failed(reason),
            MailAnswer.Paused(var wait, var reason) => new AttemptOutcome.PutOff(wait, reason),
            var other => throw new InvalidOperationException(other.GetType().Name),
        };
    }
}
