using System.Text;
using System.Text.Json;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>Generates valid and invalid bodies for a function with given fields.</summary>
internal static class HostileBody
{
    // Valid JSON values of fields. Other fields get values of their type.
    private static readonly Dictionary<string, string[]> Plausible = new()
    {
        ["schedule"] = ["\"* * 29 2 *\"", "\"*/5 2-4 29 FEB *\"", "\"@yearly\"", "\"0 0 29 2 *\""],
        ["timeZone"] = ["\"UTC\"", "\"Europe/Berlin\"", "\"Pacific/Apia\""],
        ["role"] = ["\"viewer\"", "\"operator\""],
        ["expiresAt"] = ["\"2028-01-01\"", "\"2028-01-01T00:00:00Z\"", "null"],
        ["fromHour"] = ["\"2026-03-01T12:00:00Z\"", "\"0001-01-01T00:00:00Z\""],
        ["untilHour"] = ["\"2026-03-01T14:00:00Z\"", "\"9999-12-31T23:00:00Z\""],
        ["price"] = ["\"1\"", "\"0.5\"", "null"],
        ["secondsPerHour"] = ["0", "1800", "null"],
        ["graceMinutes"] = ["0", "60"],
        ["hoursPerMonth"] = ["730", "744"],
        ["count"] = ["1", "100"],
        ["userId"] = ["1", "2", "null"],
        ["amount"] = ["\"10.00\"", "\"5\"", "\"10.005\"", "null"],
        ["value"] = ["\"a-value-that-nobody-hears-again\""],
    };

    public static byte[] Make(Random random, IReadOnlyList<(string Name, Type Type)> fields)
    {
        var chosen = fields.Where(_ => random.Next(5) > 0).Select(field => (field.Name, Value: FuzzRequests.One(random, Values(field))))
            .ToList();
        if (chosen.Count == 0)
            chosen.Add((fields.Count > 0 ? fields[0].Name : "a", "1"));
        var at = random.Next(chosen.Count);
        var name = chosen[at].Name;
        switch (random.Next(20))
        {
            case 0 or 1 or 2:
                return Utf8(Json(chosen));
            case 3 or 4 or 5 or 6:
                chosen[at] = (name, JsonSerializer.Serialize(FuzzRequests.Text(random, name)));
                return Utf8(Json(chosen));
            case 7 or 8 or 9:
                chosen[at] = (name, FuzzRequests.One(random, Hostile.Literals));
                return Utf8(Json(chosen));
            case 10:
                return Utf8(Json(chosen)[..random.Next(Json(chosen).Length)]);
            case 11:
                chosen.Add(FuzzRequests.One(random, [(name, chosen[at].Value), (name.ToUpperInvariant(), "1"), ("__proto__", "{}"),
                    ("\\u0000", "1"), ("\\ud800", "1"), ("", "1"), (new string('k', 2000), "1")]));
                return Utf8(Json(chosen));
            case 12:
                var (open, close) = FuzzRequests.One(random, [("[", "]"), ("{\"a\":", "}"), ($"{{\"{name}\":", "}")]);
                var depth = random.Next(60, 5000);
                return Utf8(string.Concat(Enumerable.Repeat(open, depth)) + "1"
                    + (random.Next(2) == 0 ? string.Concat(Enumerable.Repeat(close, depth)) : ""));
            case 13:
                var noise = new byte[random.Next(1, 2000)];
                random.NextBytes(noise);
                return noise;
            case 14:
                return [.. FuzzRequests.One<byte[]>(random, [[0xef, 0xbb, 0xbf], [0xff, 0xfe], [0xfe, 0xff], [0]]), .. Utf8(Json(chosen))];
            case 15:
                return Encoding.Unicode.GetBytes(Json(chosen));
            case 16: // About the largest size that is read.
                var json = Json(chosen);
                return Utf8(json + new string(' ', ApiJson.LargestBody - Encoding.UTF8.GetByteCount(json) + random.Next(-1, 3)));
            case 17: // The largest field.
                chosen[at] = (name, $"\"{new string('x', random.Next(500, ApiJson.LargestBody))}\"");
                return Utf8(Json(chosen));
            case 18:
                var bytes = Utf8(Json(chosen));
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                return bytes;
            default:
                return Utf8(FuzzRequests.One(random, ["", " ", "null", "[]", "{}", "\"a\"", "1", "{}{}", $"{Json(chosen)}x", "{,}",
                    "{\"a\":1,}", "// a\n{}", "<a/>", "a=b&c=d", "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--"]));
        }
    }

    /// <summary>Generates a body with a valid value in every field but one.</summary>
    public static string With(IReadOnlyList<(string Name, Type Type)> fields, string name, string literal) =>
        Json(fields.Select(field => (field.Name, field.Name == name ? literal : Values(field)[0])));

    private static string[] Values((string Name, Type Type) field) =>
        Plausible.TryGetValue(field.Name, out var values) ? values : field.Type == typeof(bool) ? ["true", "false"]
            : field.Type == typeof(int) ? ["1"] : ["\"for the fuzzing\""];

    private static string Json(IEnumerable<(string Name, string Value)> fields) =>
        $"{{{string.Join(',', fields.Select(field => $"\"{field.Name}\":{field.Value}"))}}}";

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
