namespace SkyPanel.Functions.Outbox;

/// <summary>Shortens messages to Discord's limits, with an ellipsis.</summary>
public static class DiscordLimits
{
    public const int Content = 2000, Embeds = 10, Title = 256, Description = 4096, Fields = 25, FieldName = 256, FieldValue = 1024,
        Footer = 2048, Author = 256;

    /// <summary>The limit for all embeds of a message, in characters.</summary>
    public const int Total = 6000;

    // A field needs a name and a value, and spaces don't count.
    private const string Empty = "–";

    /// <summary>Returns the message within all limits. Titles and earlier parts are
    /// preferred.</summary>
    public static DiscordMessage Fit(DiscordMessage message)
    {
        var left = Total;
        return new(Cut(message.Content, Content), [.. message.Embeds.Take(Embeds).Select(embed => Fit(embed, ref left))
            .OfType<DiscordEmbed>()]);
    }

    private static DiscordEmbed? Fit(DiscordEmbed embed, ref int left)
    {
        var title = Take(embed.Title, Title, ref left);
        var author = Take(embed.Author?.Name, Author, ref left);
        var footer = Take(embed.Footer?.Text, Footer, ref left);
        var description = Take(embed.Description, Description, ref left);
        var fields = new List<DiscordField>();
        foreach (var field in (embed.Fields ?? []).Take(Fields))
        {
            if (left < 2) // A name and a value of a character each.
                break;
            left--;
            var name = Take(OrEmpty(field.Name), FieldName, ref left) ?? Empty;
            left++;
            fields.Add(field with { Name = name, Value = Take(OrEmpty(field.Value), FieldValue, ref left) ?? Empty });
        }
        return title is null && author is null && footer is null && description is null && fields.Count == 0 ? null : embed with
        {
            Title = title, Author = author is null ? null : new(author), Footer = footer is null ? null : new(footer),
            Description = description, Fields = fields.Count == 0 ? null : fields,
        };
    }

    private static string? Take(string? text, int most, ref int left)
    {
        var taken = Cut(text, Math.Min(most, left));
        left -= taken?.Length ?? 0;
        return taken;
    }

    private static string OrEmpty(string text) => string.IsNullOrWhiteSpace(text) ? Empty : text;

    private static string? Cut(string? text, int most)
    {
        if (string.IsNullOrWhiteSpace(text) || most <= 0)
            return null;
        if (text.Length <= most)
            return text;
        // Doesn't split a surrogate pair.
        var end = most - 1;
        return $"{text[..(end > 0 && char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)]}…";
    }
}
