using System.Reflection;
using System.Text.RegularExpressions;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>The text of a notice, with placeholders such as <c>{{hours}}</c>.</summary>
/// <param name="Subject">The subject of the mail, and the title in the panel.</param>
/// <param name="Text">Plain text; its first paragraph is the message in the panel.</param>
/// <param name="Html">The content of the mail's HTML.</param>
public sealed partial record NoticeTemplate(string Subject, string Text, string Html)
{
    private static readonly string Layout = Resource("layout.html");

    private static readonly Dictionary<NoticeCause, NoticeTemplate> BuiltInOnes = Enum.GetValues<NoticeCause>()
        .ToDictionary(cause => cause, cause =>
        Resource($"{cause.Text()}.txt").Split("\n\n", 2) is [var subject, var text]
            ? new NoticeTemplate(subject, text, Resource($"{cause.Text()}.html")) : throw new InvalidOperationException($"{cause}"));

    /// <summary>Returns the built-in English text.</summary>
    public static NoticeTemplate BuiltIn(NoticeCause cause) => BuiltInOnes[cause];

    /// <summary>Whether the text contains a link to the customer's own page.</summary>
    public bool HasLink => $"{Subject}{Text}{Html}".Contains("{{link}}", StringComparison.Ordinal);

    /// <summary>Checks the placeholders.</summary>
    /// <exception cref="BadInputException">A placeholder isn't allowed for the cause, or isn't closed.</exception>
    public void Check(NoticeCause cause)
    {
        var allowed = string.Join(", ", NoticeValues.Allowed(cause).Select(name => $"{{{{{name}}}}}"));
        foreach (var (field, text) in new[] { ("subject", Subject), ("text", Text), ("html", Html) })
        {
            if (Placeholder().Matches(text).FirstOrDefault(found => !NoticeValues.Allowed(cause).Contains(found.Groups[1].Value))
                is { } unknown)
                throw new BadInputException(field,
                    $"has the unknown placeholder {{{{{Shown(unknown.Groups[1].Value)}}}}}: {allowed} are allowed");
            if (Placeholder().Replace(text, "").Contains("{{", StringComparison.Ordinal))
                throw new BadInputException(field, $"has a placeholder that isn't closed with }}}}: {allowed} are allowed");
        }
        if (Subject.Any(char.IsControl))
            throw new BadInputException("subject", "must be one line");
    }

    /// <summary>Fills in the values, escaped for each format.</summary>
    public RenderedNotice Render(IReadOnlyDictionary<string, string> values, string language)
    {
        var subject = Fill(Subject, values, value => value);
        return new(subject, Fill(Text, values, value => value).Trim(), Fill(Layout, new Dictionary<string, string>
        {
            ["language"] = language, ["subject"] = ForeignText.Html(subject), ["content"] = Fill(Html, values, ForeignText.Html).Trim(),
        }, value => value));
    }

    private static string Fill(string text, IReadOnlyDictionary<string, string> values, Func<string, string> escape) =>
        Placeholder().Replace(text, found => values.TryGetValue(found.Groups[1].Value, out var value) ? escape(value) : found.Value);

    private static string Shown(string name) => name.Length > 40 ? $"{name[..40]}…" : name;

    private static string Resource(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream($"notices/{name}")!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\{\{([^{}]*)\}\}")]
    private static partial Regex Placeholder();
}

/// <param name="Html">A complete document.</param>
public sealed record RenderedNotice(string Subject, string Text, string Html)
{
    /// <summary>The first paragraph of the text.</summary>
    public string Summary => Text.Split("\n\n", 2)[0];
}
