using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Delivers notices by mail, to the user's current address in the panel.</summary>
public sealed class NoticeMail(NpgsqlDataSource database, NoticeTemplates templates, CustomerLinks links, MailClient client)
{
    public OutboxHandler Handler => new("notice-mail", AttemptAsync);

    private async Task<AttemptOutcome> AttemptAsync(OutboxMessage message, CancellationToken ct)
    {
        if (!client.IsConfigured)
            return new AttemptOutcome.Discarded("mail is off: Mail:Host is not set");
        if (await DueNotice.FindAsync(database, message.Id, ct) is not { } due)
            return new AttemptOutcome.Discarded("its notice is gone");
        if (due.Email is not { } address)
            return new AttemptOutcome.Discarded(due.UserExists ? "the panel has no mail address of the user"
                : "the panel's user no longer exists");
        // Avoids making a link in vain.
        if (client.Pause is var (pause, why))
            return new AttemptOutcome.PutOff(pause, why);
        var text = await templates.RenderAsync(due.Cause, due.Facts, due.CreatedAt, due.Name, ct, () => LinkAsync(due, ct));
        return await client.SendAsync(new($"notice-{due.NoticeId}", address, ForeignText.Clean(due.Name), text.Subject, text.Text,
            text.Html));
    }

    // Makes a link for each attempt, as only hashes of links are stored.
    private async Task<string?> LinkAsync(DueNotice due, CancellationToken ct)
    {
        if (links.FindObstacle() is not null)
            return null;
        var token = links.NewToken(due.UserId);
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        var made = await links.CreateAsync(connection, due.UserId, token, "notices", $"notice {due.NoticeId}", CustomerLinks.DefaultDays);
        await transaction.CommitAsync(CancellationToken.None);
        return made?.Address;
    }
}
