using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Reads and stores the texts of notices: those written by admins, otherwise the built-in ones.</summary>
public sealed class NoticeTemplates(NpgsqlDataSource database, IOptions<NoticesOptions> options, IOptions<LedgerOptions> ledger)
{
    public const string English = "en";

    private const string Columns = "key as cause, language, subject, text, html, updated_at, updated_by";

    private const string ListSql = $"select {Columns} from cron_service.notice_templates order by key, language";

    private const string FindSql = $"select {Columns} from cron_service.notice_templates where key = @key and language = @language";

    // Prefers the given language to English.
    private const string InForceSql = $"""
        select {Columns} from cron_service.notice_templates where key = @key and language in (@language, 'en')
            order by language = @language desc limit 1
        """;

    private const string WriteSql = $"""
        insert into cron_service.notice_templates (key, language, subject, text, html, updated_by)
            values (@key, @language, @subject, @text, @html, @by)
        on conflict (key, language) do update
        set subject = excluded.subject, text = excluded.text, html = excluded.html, updated_by = excluded.updated_by, updated_at = now()
        returning {Columns}
        """;

    private const string DeleteSql = "delete from cron_service.notice_templates where key = @key and language = @language";

    public string Language => options.Value.Language;

    /// <summary>Lists the texts written by admins.</summary>
    public Task<List<StoredTemplate>> ListAsync(CancellationToken ct) => database.QueryAsync<StoredTemplate>(ListSql, ct);

    /// <returns>Null when no text is stored.</returns>
    public Task<StoredTemplate?> FindAsync(NoticeCause cause, string language, CancellationToken ct) =>
        database.FindAsync<StoredTemplate>(FindSql, ct, ("key", cause.Text()), ("language", language));

    /// <summary>Renders a notice in the configured language.</summary>
    /// <param name="link">Makes a link to the customer's own page; called only when the text contains one.</param>
    public async Task<RenderedNotice> RenderAsync(
        NoticeCause cause, NoticeFacts facts, DateTime createdAt, string customer, CancellationToken ct, Func<Task<string?>>? link = null)
    {
        var stored = await database.FindAsync<StoredTemplate>(InForceSql, ct, ("key", cause.Text()), ("language", Language));
        var template = stored?.Template ?? NoticeTemplate.BuiltIn(cause);
        return Render(template, stored?.Language ?? English, cause, facts, createdAt, customer, template.HasLink
            && link is not null ? await link() : null);
    }

    public RenderedNotice Render(NoticeTemplate template, string language, NoticeCause cause, NoticeFacts facts, DateTime createdAt,
        string customer, string? link) =>
        template.Render(NoticeValues.Of(cause, facts, createdAt, customer, ledger.Value, link), language);

    /// <summary>Stores a text and records it in the audit log.</summary>
    public async Task<StoredTemplate> WriteAsync(Caller caller, NoticeCause cause, string language, NoticeTemplate template)
    {
        await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginAsync(CancellationToken.None);
        var before = await LockAsync(connection, cause, language);
        var after = (await connection.QueryAsync<StoredTemplate>(WriteSql, CancellationToken.None, ("key", cause.Text()),
            ("language", language), ("subject", template.Subject), ("text", template.Text), ("html", template.Html),
            ("by", caller.Name)))[0];
        await Audit.WriteAsync(connection, caller, "change-template", Subject(cause, language), before?.Template, after.Template, null);
        await transaction.CommitAsync(CancellationToken.None);
        return after;
    }

    /// <returns>False when no text was stored.</returns>
    public async Task<bool> DeleteAsync(Caller caller, NoticeCause cause, string language)
    {
        await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginAsync(CancellationToken.None);
        if (await LockAsync(connection, cause, language) is not { } before)
            return false;
        await connection.ExecuteAsync(DeleteSql, CancellationToken.None, ("key", cause.Text()), ("language", language));
        await Audit.WriteAsync(connection, caller, "delete-template", Subject(cause, language), before.Template, null, null);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    private static Task<StoredTemplate?> LockAsync(NpgsqlConnection connection, NoticeCause cause, string language) =>
        connection.FindAsync<StoredTemplate>($"{FindSql} for update", CancellationToken.None, ("key", cause.Text()),
            ("language", language));

    private static string Subject(NoticeCause cause, string language) => $"template {cause.Text()} {language}";
}

/// <summary>A text written by an admin.</summary>
public sealed record StoredTemplate(NoticeCause Cause, string Language, NoticeTemplate Template, DateTime UpdatedAt, string UpdatedBy);
