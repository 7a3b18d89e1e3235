using System.Text.Json;
using System.Text.Json.Serialization;

namespace SkyPanel.Functions.Outbox;

/// <summary>A message as Discord takes it. It mentions nobody, whatever it says.</summary>
/// <param name="Content">Plain text above the embeds; may be null where there is one.</param>
public sealed record DiscordMessage(string? Content, IReadOnlyList<DiscordEmbed> Embeds)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public DiscordMentions AllowedMentions { get; } = new([]);

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="JsonException">Not what <see cref="ToJson"/> writes.</exception>
    public static DiscordMessage FromJson(string json) => JsonSerializer.Deserialize<DiscordMessage>(json, Json)
        ?? throw new JsonException();
}

/// <summary>Which mentions in a message call somebody: the kinds in <paramref name="Parse"/>, here none.</summary>
public sealed record DiscordMentions(IReadOnlyList<string> Parse);

/// <param name="Color">0xRRGGBB.</param>
public sealed record DiscordEmbed(
    string? Title, string? Description, int? Color = null, DateTimeOffset? Timestamp = null,
    IReadOnlyList<DiscordField>? Fields = null, DiscordText? Footer = null, DiscordAuthor? Author = null);

public sealed record DiscordField(string Name, string Value, bool Inline = false);

public sealed record DiscordText(string Text);

public sealed record DiscordAuthor(string Name);
