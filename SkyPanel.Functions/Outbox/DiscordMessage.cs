namespace SkyPanel.Functions.Outbox;

/// <summary>A message in Discord's format. Mentions in it are inactive.</summary>
/// <param name="Content">Plain text above the embeds; may be null if there are any.</param>
public sealed record DiscordMessage(string? Content, IReadOnlyList<DiscordEmbed> Embeds)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public DiscordMentions AllowedMentions { get; } = new([]);

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="JsonException">The text isn't from <see cref="ToJson"/>.</exception>
    public static DiscordMessage FromJson(string json) => JsonSerializer.Deserialize<DiscordMessage>(json, Json)
        ?? throw new JsonException();
}

/// <summary>The active kinds of mentions; none here.</summary>
public sealed record DiscordMentions(IReadOnlyList<string> Parse);

/// <param name="Color">0xRRGGBB.</param>
public sealed record DiscordEmbed(string? Title, string? Description, int? Color = null, DateTimeOffset? Timestamp = null);
