using System.Globalization;
using System.Text;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>Generates requests, each from the seed and its number alone.</summary>
/// <param name="keys">Valid keys by role, several of each because of the rate limit. Those without a role are customers' links.</param>
internal sealed class FuzzRequests(int seed, FuzzRoute[] routes, IReadOnlyDictionary<Role, string[]> keys)
{
    public const int Batch = 100;

    private static readonly Encoding Bytes = Encoding.UTF8;

    /// <summary>Requests of every second batch have a sufficient role. The others must change nothing.</summary>
    public static bool IsFromInsiders(int number) => number / Batch % 2 == 1;

    public FuzzRequest Make(int number)
    {
        var random = new Random(unchecked(seed * 1_000_003 + number));
        // Alternates, so that each function is in both kinds of batches.
        var route = routes[(number + number / (2 * Batch)) % routes.Length];
        var (role, key) = Caller(random, route, IsFromInsiders(number));
        if (random.Next(20) == 0)
            return new(number, route, role, false, true, false, MalformedHttp.Make(random, route, key));

        var isExact = random.Next(10) > 0;
        var method = isExact ? route.Method : One(random, Hostile.Methods);
        var path = route.Path(values => isExact || random.Next(2) == 0 ? One(random, values) : Encode(random, Text(random)));
        if (!isExact && random.Next(4) == 0)
            path = Bend(random, path);
        var lines = new List<string> { $"{method} {path}{Query(random, route)} HTTP/1.1", random.Next(100) == 0
            ? $"Host: {Encode(random, Text(random))}" : "Host: localhost" };
        var hasAnother = Headers(random, lines, role is null ? null : key, role);
        var body = route.Fields.Count > 0 || random.Next(10) == 0 ? HostileBody.Make(random, route.Fields) : random.Next(3) == 0
            ? "{}"u8.ToArray() : [];
        return new(number, route, role, isExact && !hasAnother, false, method == "HEAD", Assemble(random, lines, body));
    }

    /// <summary>A hostile text, sometimes a long or random one; for a field of a time, often a hostile time.</summary>
    public static string Text(Random random, string name = "") => random.Next(12) switch
    {
        > 3 when name is "from" or "to" or "month" or "fromHour" or "untilHour" or "expiresAt" => One(random, Hostile.Instants),
        0 => new string((char)random.Next('!', '~'), (int)Math.Pow(10, 1 + random.NextDouble() * 2.6)),
        1 => string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => char.ConvertFromUtf32(random.Next(1, 0xd800)))),
        _ => One(random, Hostile.Texts),
    };

    public static T One<T>(Random random, IReadOnlyList<T> of) => of[random.Next(of.Count)];

    private (Role? Role, string? Key) Caller(Random random, FuzzRoute route, bool isInsider)
    {
        var allowed = keys.Keys.Where(role => route.LetsIn(role) == isInsider || route.IsOpen).Order().ToArray();
        if (isInsider || allowed.Length > 0 && random.Next(2) == 0)
        {
            var role = One(random, allowed);
            return (role, One(random, keys[role]));
        }
        // No valid key: none, nonsense, or a valid key that was shortened, extended or altered.
        var valid = One(random, keys[route.IsByLink ? Role.None : Role.Admin]);
        return (null, random.Next(6) switch
        {
            0 or 1 => null,
            2 => valid[..^random.Next(1, valid.Length)],
            3 => $"{valid}{(char)random.Next('!', '~')}",
            4 => $"{valid[..^1]}{(valid[^1] == 'A' ? 'B' : 'A')}",
            _ => Text(random),
        });
    }

    // Adds headers. Returns whether a second key is among them, which the app might use instead.
    private static bool Headers(Random random, List<string> lines, string? key, Role? role)
    {
        var another = false;
        if (key is not null)
            lines.Add(random.Next(4) == 0 || role == Role.None ? $"Authorization: {One(random, ["Bearer", "bearer", "BEARER"])} {key}"
                : $"{One(random, ["x-api-key", "X-API-Key"])}: {key}");
        // From many addresses, since guesses from one address are soon answered 429.
        lines.Add("X-Forwarded-For: " + (random.Next(10) == 0 ? Encode(random, Text(random))
                : $"{random.Next(1, 224)}.{random.Next(256)}.{random.Next(256)}.{random.Next(256)}"));
        for (var more = random.Next(4); more > 0; more--)
        {
            var line = random.Next(8) switch
            {
                0 => $"Idempotency-Key: {(random.Next(3) == 0 ? Text(random) : $"key-{random.Next(50)}")}",
                1 or 2 => $"Content-Type: {One(random, Hostile.ContentTypes)}",
                3 => $"X-{random.Next(1000)}: {Text(random)}",
                4 when random.Next(5) == 0 =>
                    string.Join("\r\n", Enumerable.Range(0, random.Next(50, 150)).Select(n => $"X-Many-{n}: {n}")),
                5 when random.Next(5) == 0 => $"X-Long: {new string('a', random.Next(1000, 70_000))}",
                6 when random.Next(3) == 0 => $"x-api-key: {Text(random)}",
                _ => One(random, Hostile.HeaderLines),
            };
            another |= line.StartsWith("x-api-key", StringComparison.OrdinalIgnoreCase)
                || line.StartsWith("Authorization", StringComparison.Ordinal);
            lines.Add(line);
        }
        return another && role is not null;
    }

    private static string Query(Random random, FuzzRoute route)
    {
        if (random.Next(route.Parameters.Count > 0 ? 3 : 10) > 1)
            return "";
        var pairs = Enumerable.Range(0, random.Next(30) == 0 ? random.Next(20, 200) : random.Next(1, 4)).Select(_ =>
        {
            var name = route.Parameters.Count > 0 && random.Next(6) > 0 ? One(random, route.Parameters) : Encode(random, Text(random));
            return random.Next(20) == 0 ? name : $"{name}={Encode(random, Text(random, name))}";
        });
        return $"?{string.Join(One(random, ["&", "&", "&", ";", "&&"]), pairs)}";
    }

    private static string Bend(Random random, string path) => random.Next(10) switch
    {
        0 => path.ToUpperInvariant(),
        1 => path + "/",
        2 => path.Replace("/", "//", StringComparison.Ordinal),
        3 => path.Replace("/api/", "/api/./nothing/../", StringComparison.Ordinal),
        4 => path.Replace("/admin", "/%61dmin", StringComparison.Ordinal),
        5 => $"http://evil.example{path}",
        6 => $"{path}/{Encode(random, Text(random))}",
        7 => path.Replace("/", "\\", StringComparison.Ordinal),
        8 => path + new string('a', random.Next(1, 10_000)),
        _ => path.Replace("/admin/", "/admin%2f", StringComparison.Ordinal),
    };

    // Encodes the text once, twice, every byte of it, or not at all.
    private static string Encode(Random random, string text) => random.Next(6) switch
    {
        0 => text.Replace(" ", "+", StringComparison.Ordinal),
        1 => Uri.EscapeDataString(Uri.EscapeDataString(text)),
        2 => string.Concat(Bytes.GetBytes(text).Select(b => $"%{b:X2}")),
        3 => $"{Uri.EscapeDataString(text)}%{One(random, ["FF", "C0%AF", "ED%A0%80", "F4%90%80%80", "E2%28%A1", "0d%0a"])}",
        _ => Uri.EscapeDataString(text),
    };

    private static byte[] Assemble(Random random, List<string> lines, byte[] body)
    {
        if (random.Next(4) > 0)
            return [.. Head([.. lines, .. body.Length > 0 || random.Next(2) == 0 ? [$"Content-Length: {body.Length}"]
                : Array.Empty<string>()]), .. body];
        var bytes = new List<byte>(Head([.. lines, "Transfer-Encoding: chunked"]));
        for (var at = 0; at < body.Length;)
        {
            var size = Math.Min(body.Length - at, random.Next(1, 1 + body.Length));
            bytes.AddRange(Bytes.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{size:x}\r\n")));
            bytes.AddRange(body.AsSpan(at, size));
            bytes.AddRange("\r\n"u8);
            at += size;
        }
        return [.. bytes, .. "0\r\n\r\n"u8];
    }

    private static byte[] Head(IEnumerable<string> lines) => Bytes.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n");
}
