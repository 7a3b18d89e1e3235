using System.Text;

namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>Requests that are almost HTTP: wrong or repeated lengths, wrong line ends, other protocols.</summary>
internal static class MalformedHttp
{
    private const string Body = "{\"note\":\"for the fuzzing\"}";

    private static readonly string[] Encodings =
        ["gzip", "gzip, chunked", "chunked, gzip", "identity", "xchunked", "chunked\r\nTransfer-Encoding: identity", " chunked",
            "chu\tnked"];

    private static readonly string[] Lengths = ["zz", "-1", "ffffffffffffffff", "1a;a=b", "1a ", "0x1a", "", "7fffffff", "80000000"];

    public static byte[] Make(Random random, FuzzRoute route, string? key)
    {
        var first = $"{route.Method} {route.Path(values => FuzzRequests.One(random, values))}";
        var headers = $"Host: localhost\r\n{(key is null ? "" : $"x-api-key: {key}\r\n")}X-Forwarded-For: " +
            $"{random.Next(1, 224)}.{random.Next(256)}.1.1\r\n";
        // A server that misreads the length would take this for a second request.
        var second = $"GET /api/admin/keys HTTP/1.1\r\nHost: localhost\r\n\r\n";
        return Encoding.UTF8.GetBytes(random.Next(24) switch
        {
            0 => $"{first} HTTP/1.1\r\n{headers}Content-Length: {Body.Length + random.Next(1, 10_000)}\r\n\r\n{Body}",
            1 => $"{first} HTTP/1.1\r\n{headers}Content-Length: {random.Next(Body.Length)}\r\n\r\n{Body}",
            2 => $"{first} HTTP/1.1\r\n{headers}Content-Length: " +
                $"{FuzzRequests.One(random, ["-1", "+5", "0x5", "5 5", "5, 5", "99999999999999999999", "", "a", "1e1"])}\r\n\r\n{Body}",
            3 => $"{first} HTTP/1.1\r\n{headers}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n1a\r\n{Body}\r\n0\r\n\r\n",
            4 => $"{first} HTTP/1.1\r\n{headers}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{second}",
            5 => $"{first} HTTP/1.1\r\n{headers}Content-Length: 2\r\nContent-Length: {second.Length + 2}\r\n\r\n{{}}{second}",
            6 => $"{first} HTTP/1.1\r\n{headers}Transfer-Encoding: {FuzzRequests.One(random, Encodings)}\r\n\r\n1a\r\n{Body}\r\n0\r\n\r\n",
            7 => $"{first} HTTP/1.1\r\n{headers}Transfer-Encoding: " +
                $"chunked\r\n\r\n{FuzzRequests.One(random, Lengths)}\r\n{Body}\r\n0\r\n\r\n",
            8 => $"{first} HTTP/1.1\r\n{headers}Transfer-Encoding: chunked\r\n\r\n1a\r\n{Body}XX0\r\n\r\n",
            9 => $"{first} HTTP/1.1\r\n{headers}Transfer-Encoding: chunked\r\n\r\n1a\r\n{Body[..10]}",
            10 => $"{first} HTTP/1.1\r\n{headers}Transfer-Encoding: chunked\r\n\r\n1a\r\n{Body}\r\n0\r\nx-api-key: of-a-trailer\r\nHost: " +
                $"other\r\n\r\n",
            11 => $"{first} HTTP/1.1\r\n{headers}Content-Length : 2\r\n\r\n{{}}",
            12 => $"{first} HTTP/1.1\r\n{headers}X-Folded: a\r\n b\r\n\r\n",
            13 => $"{first} HTTP/1.1\n{headers.Replace("\r", "", StringComparison.Ordinal)}\n",
            14 => $"{first} HTTP/1.1\r\n{headers}X-Zero: a\0b\r\n\r\n",
            15 => $"{first} HTTP/1.1\r\n{headers}X-Return: a\rb\r\n\r\n",
            16 => $"{first} HTTP/{FuzzRequests.One(random, ["0.9", "1.0", "1.2", "2.0", "3.7", "1.1 ", "x", ""])}\r\n{headers}\r\n",
            17 => $"{first}\r\n",
            18 => $"{first} HTTP/1.1\r\n\r\n",
            19 => $"{first} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            20 => FuzzRequests.One(random, ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0",
                "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT localhost:5432 HTTP/1.1\r\nHost: a\r\n\r\n",
                "\u0016\u0003\u0001\u0002\0\u0001\0\u0001", "\r\n\r\n\r\n", "SSH-2.0-a\r\n", "EHLO a\r\n", "\0\0\0\b\u0004"]),
            21 => $"{first}?{new string('q', random.Next(8_000, 20_000))} HTTP/1.1\r\n{headers}\r\n",
            22 => $"{first} HTTP/1.1\r\n{headers}{second}",
            _ => string.Concat(Enumerable.Range(0, random.Next(1, 500)).Select(_ => (char)random.Next(1, 256))),
        });
    }
}
