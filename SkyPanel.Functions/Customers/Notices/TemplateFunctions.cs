using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Serves the texts of notices over HTTP.</summary>
public sealed class TemplateFunctions(Gate gate, NoticeTemplates templates, TimeProvider time)
{
    private const string Route = "api/admin/customers/templates/{key}";

    /// <summary>Lists the texts of notices: the built-in ones and those written by admins.</summary>
    [Function("ListTemplates")]
    [Operation(Role.Viewer)]
    [Answer(200, typeof(TemplatesAnswer))]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/customers/templates")] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) =>
        {
            var stored = await templates.ListAsync(ct);
            var builtIn = Enum.GetValues<NoticeCause>()
                .Where(cause => !stored.Any(one => one.Cause == cause && one.Language == NoticeTemplates.English));
            return ApiJson.Ok(new TemplatesAnswer(templates.Language,
                [.. stored.Select(TemplateAnswer.Of).Concat(builtIn.Select(TemplateAnswer.BuiltIn))
                .OrderBy(one => one.Key, StringComparer.Ordinal).ThenBy(one => one.Language, StringComparer.Ordinal)]));
        });

    /// <summary>Shows the text of a notice.</summary>
    /// <param name="key">The cause of the notice, such as <c>runway</c>.</param>
    [Function("GetTemplate")]
    [Operation(Role.Viewer, Query = typeof(TemplateQuery), Refuses = [404])]
    [Answer(200, typeof(TemplateAnswer))]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request,
        string key) =>
        gate.EnterAsync<TemplateQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var cause = ParseCause(key);
            return await templates.FindAsync(cause, query.Language, ct) is { } stored ? ApiJson.Ok(TemplateAnswer.Of(stored))
                : query.Language == NoticeTemplates.English ? ApiJson.Ok(TemplateAnswer.BuiltIn(cause))
                : Problem.NotFound($"No text of {key} is stored in the language {query.Language}: the English one is sent.");
        });

    /// <summary>Stores a text in place of the built-in one.</summary>
    /// <param name="key">The cause of the notice, such as <c>runway</c>.</param>
    [Function("PutTemplate")]
    [Operation(Role.Admin, Query = typeof(TemplateQuery), Body = typeof(TemplateBody), Refuses = [404])]
    [Answer(200, typeof(TemplateAnswer))]
    public Task<IResult> PutAsync([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Route)] HttpRequest request, string key) =>
        gate.EnterAsync<TemplateQuery>(request, Role.Admin, async (caller, query, _) =>
        {
            var cause = ParseCause(key);
            var body = await ApiJson.ReadAsync<TemplateBody>(request);
            var template = new NoticeTemplate(body.Subject, body.Text, body.Html);
            template.Check(cause);
            return ApiJson.Ok(TemplateAnswer.Of(await templates.WriteAsync(caller, cause, query.Language, template)));
        });

    /// <summary>Deletes a stored text: the built-in or the English one is sent again.</summary>
    /// <param name="key">The cause of the notice, such as <c>runway</c>.</param>
    [Function("DeleteTemplate")]
    [Operation(Role.Admin, Query = typeof(TemplateQuery), Refuses = [404])]
    [Answer(200, typeof(TemplateAnswer))]
    public Task<IResult> DeleteAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Route)] HttpRequest request,
        string key) =>
        gate.EnterAsync<TemplateQuery>(request, Role.Admin, async (caller, query, _) =>
        {
            var cause = ParseCause(key);
            return await templates.DeleteAsync(caller, cause, query.Language)
                ? ApiJson.Ok((await templates.FindAsync(cause, NoticeTemplates.English, CancellationToken.None)) is { } english
                    ? TemplateAnswer.Of(english) : TemplateAnswer.BuiltIn(cause))
                : Problem.NotFound($"No text of {key} is stored in the language {query.Language}.");
        });

    /// <summary>Renders a text with sample facts, without storing or sending anything.</summary>
    /// <param name="key">The cause of the notice, such as <c>runway</c>.</param>
    [Function("PreviewTemplate")]
    [Operation(Role.Viewer, Query = typeof(TemplateQuery), Body = typeof(PreviewBody), Refuses = [404])]
    [Answer(200, typeof(PreviewAnswer))]
    public Task<IResult> PreviewAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/customers/templates/{key}/preview")] HttpRequest request,
        string key) =>
        gate.EnterAsync<TemplateQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var cause = ParseCause(key);
            var body = await ApiJson.ReadAsync<PreviewBody>(request);
            var stored = (await templates.FindAsync(cause, query.Language, ct))?.Template ?? NoticeTemplate.BuiltIn(cause);
            var template = new NoticeTemplate(body.Subject ?? stored.Subject, body.Text ?? stored.Text, body.Html ?? stored.Html);
            template.Check(cause);
            var now = time.GetUtcNow().UtcDateTime;
            var shown = templates.Render(template, query.Language, cause, NoticeFacts.Sample(cause, now), now, body.Customer
                ?? "Ada Lovelace", "https://billing.example/pay/…");
            return ApiJson.Ok(new PreviewAnswer(shown.Subject, shown.Text, shown.Html, shown.Summary));
        });

    private static NoticeCause ParseCause(string key) =>
        EnumText.Find<NoticeCause>(key) ?? throw new NotFoundException(
        $"There is no template of that key: {string.Join(", ", EnumText.All<NoticeCause>())} are.");
}

/// <summary>Selects the language.</summary>
public sealed class TemplateQuery
{
    /// <summary>Two small letters; <c>en</c> by default.</summary>
    [RegularExpression("^[a-z]{2}$", ErrorMessage = "must be two small letters such as en")]
    public string Language { get; set; } = NoticeTemplates.English;
}

/// <summary>A text of a notice, with placeholders such as <c>{{hours}}</c>.</summary>
public sealed class TemplateBody
{
    /// <summary>One line: the mail's subject, and the title in the panel.</summary>
    [Required, Length(1, 200)]
    public string Subject { get; set; } = "";

    /// <summary>Plain text; its first paragraph is the message in the panel.</summary>
    [Required, Length(1, 10000)]
    public string Text { get; set; } = "";

    /// <summary>The content of the mail's HTML. Values are escaped; the rest is sent unchanged.</summary>
    [Required, Length(1, 20000)]
    public string Html { get; set; } = "";
}

/// <summary>A draft; absent parts are taken from the text in force.</summary>
public sealed class PreviewBody
{
    /// <summary>One line.</summary>
    [Length(1, 200)]
    public string? Subject { get; set; }

    /// <summary>Plain text.</summary>
    [Length(1, 10000)]
    public string? Text { get; set; }

    /// <summary>HTML.</summary>
    [Length(1, 20000)]
    public string? Html { get; set; }

    /// <summary>The customer's name.</summary>
    [Length(1, 10000)]
    public string? Customer { get; set; }
}

/// <summary>The texts of notices.</summary>
/// <param name="Language">The language of notices (<c>Notices:Language</c>).</param>
public sealed record TemplatesAnswer(string Language, IReadOnlyList<TemplateAnswer> Templates);

/// <summary>The text of a notice.</summary>
/// <param name="IsBuiltIn">Whether the text is the app's own.</param>
/// <param name="Placeholders">The allowed placeholders.</param>
public sealed record TemplateAnswer(
    [property: AllowedValues("runway", "suspension_due", "suspended", "resumed", "top_up_received", "top_up_failed", "taken_back",
        "debit_held")] string Key, string Language, string Subject,
    string Text, string Html, bool IsBuiltIn, IReadOnlyList<string> Placeholders, DateTime? UpdatedAt, string? UpdatedBy)
{
    internal static TemplateAnswer BuiltIn(NoticeCause cause) =>
        Of(cause, NoticeTemplates.English, NoticeTemplate.BuiltIn(cause), null, null);

    internal static TemplateAnswer Of(StoredTemplate stored) => Of(stored.Cause, stored.Language, stored.Template, stored.UpdatedAt,
        stored.UpdatedBy);

    private static TemplateAnswer Of(NoticeCause cause, string language, NoticeTemplate template, DateTime? updatedAt, string? updatedBy) =>
        new(cause.Text(), language, template.Subject, template.Text, template.Html, updatedAt is null, NoticeValues.Allowed(cause),
            updatedAt, updatedBy);
}

/// <summary>A rendered draft.</summary>
/// <param name="Html">The complete document of the mail.</param>
/// <param name="Summary">The message in the panel.</param>
public sealed record PreviewAnswer(string Subject, string Text, string Html, string Summary);
