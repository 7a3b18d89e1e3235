namespace SkyPanel.Functions.Outbox;

/// <summary>Shortens messages to Discord's limits, with an ellipsis.</summary>
public static class DiscordLimits
{
    public const int Content = 2000, Embeds = 10, Title = 256, Description = 4096;

    /// <summary>The limit for all embeds of a message, in characters.</summary>
    public const int Total = 6000;

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
        var description = Take(embed.Description, Description, ref left);
        return title is null && description is null ? null : embed with { Title = title, Description = description };
    }

    private static string? Take(string? text, int most, ref int left)
    {
        var taken = Cut(text, Math.Min(most, left));
        left -= taken?.Length ?? 0;
        return taken;
    }

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
