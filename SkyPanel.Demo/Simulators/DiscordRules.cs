using System.Text.Json.Nodes;

namespace SkyPanel.Demo.Simulators;

/// <summary>Checks messages like Discord: not empty, and no part too long.</summary>
internal static class DiscordRules
{
    /// <returns>The wrong part; null when the message is valid.</returns>
    public static string? Problem(JsonObject message)
    {
        var embeds = message["embeds"] as JsonArray ?? [];
        if (Length(message["content"]) == 0 && embeds.Count == 0)
            return "content";
        if (Length(message["content"]) > 2000)
            return "content";
        if (embeds.Count > 10)
            return "embeds";
        return embeds.Sum(embed => Total(embed!)) > 6000 ? "embeds" : embeds.Select(embed => Problem(embed!))
            .FirstOrDefault(problem => problem is not null);
    }

    private static string? Problem(JsonNode embed)
    {
        var fields = embed["fields"] as JsonArray ?? [];
        return Length(embed["title"]) > 256 ? "title"
            : Length(embed["description"]) > 4096 ? "description"
            : Length(embed["footer"]?["text"]) > 2048 ? "footer"
            : Length(embed["author"]?["name"]) > 256 ? "author"
            : fields.Count > 25 || fields.Any(field => Length(field!["name"]) is < 1 or > 256 || Length(field["value"]) is < 1 or > 1024)
                ? "fields"
            : null;
    }

    private static int Total(JsonNode embed) => Length(embed["title"]) + Length(embed["description"]) + Length(embed["footer"]?["text"])
        + Length(embed["author"]?["name"]) + (embed["fields"] as JsonArray ?? [])
            .Sum(field => Length(field!["name"]) + Length(field["value"]));

    private static int Length(JsonNode? text) => text?.GetValue<string>().Trim().Length ?? 0;
}
