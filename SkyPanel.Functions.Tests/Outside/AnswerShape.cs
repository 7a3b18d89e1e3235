using System.Text.Json;
using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>Whether an answer looks as a page shows it: the same keys with values of the same kind. Where the page has <c>"…"</c> among an
/// object's keys it leaves others out; null stands for any kind, and of a list one element for all.</summary>
public static class AnswerShape
{
    private const string More = "…";

    /// <returns>What differs, each with its place; empty when nothing does.</returns>
    public static IEnumerable<string> Differences(JsonNode? shown, JsonNode? real, string at = "$") => (shown, real) switch
    {
        (JsonObject a, JsonObject b) =>
            Keys(a, b, at).Concat(a.Where(pair => b.ContainsKey(pair.Key))
            .SelectMany(pair => Differences(pair.Value, b[pair.Key], $"{at}.{pair.Key}"))),
        (JsonArray { Count: > 0 }, JsonArray { Count: 0 }) => [$"{at} is empty"],
        (JsonArray a, JsonArray b) => a.SelectMany((element, i) => Differences(element, b[Math.Min(i, b.Count - 1)], $"{at}[{i}]")),
        (null, _) or (_, null) => [],
        _ when Kind(shown) != Kind(real) => [$"{at} is {Kind(real)}, and shown as {Kind(shown)}"],
        _ => [],
    };

    private static IEnumerable<string> Keys(JsonObject shown, JsonObject real, string at)
    {
        var gone = shown.Select(pair => pair.Key).Where(key => key != More && !real.ContainsKey(key))
            .Select(key => $"{at}.{key} is not in the answer");
        return shown.ContainsKey(More) ? gone : gone.Concat(real.Select(pair => pair.Key).Where(key => !shown.ContainsKey(key))
            .Select(key => $"{at}.{key} is not shown"));
    }

    private static JsonValueKind Kind(JsonNode node) => node.GetValueKind() is JsonValueKind.True ? JsonValueKind.False
        : node.GetValueKind();
}
