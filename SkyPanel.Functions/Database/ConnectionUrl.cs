namespace SkyPanel.Functions.Database;

/// <summary>Parses the form <c>postgresql://user:password@host:port/database?sslmode=require</c> of libpq and most
/// providers.</summary>
internal static class ConnectionUrl
{
    private static readonly string[] Schemes = ["postgresql://", "postgres://"];

    private static readonly Dictionary<string, string> Parameters = new(StringComparer.Ordinal)
    {
        ["sslmode"] = "SSL Mode", ["channel_binding"] = "Channel Binding", ["sslrootcert"] = "Root Certificate",
            ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key", ["sslnegotiation"] = "SSL Negotiation", ["connect_timeout"] = "Timeout", ["options"] = "Options",
            ["user"] = "Username", ["password"] = "Password", ["host"] = "Host", ["port"] = "Port",
        ["dbname"] = "Database", ["gssencmode"] = "GSS Encryption Mode",
    };

    public static bool Is(string text) => Array.Exists(Schemes, scheme => text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));

    /// <exception cref="FormatException">The URL is invalid. The message contains none of its text.</exception>
    public static NpgsqlConnectionStringBuilder Read(string text)
    {
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + "://".Length)..];
        var (beforeQuery, query) = Split(rest, rest.IndexOf('?', StringComparison.Ordinal));
        var (authority, database) = Split(beforeQuery, beforeQuery.IndexOf('/', StringComparison.Ordinal));
        var builder = new NpgsqlConnectionStringBuilder();
        if (authority.LastIndexOf('@') is >= 0 and var at)
        {
            var (user, password) = Split(authority[..at], authority.IndexOf(':', StringComparison.Ordinal) is var colon
                && colon < at ? colon : -1);
            Set(builder, "Username", user);
            Set(builder, "Password", password);
            authority = authority[(at + 1)..];
        }
        SetAddress(builder, authority);
        Set(builder, "Database", database);
        foreach (var pair in (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Split(pair, pair.IndexOf('=', StringComparison.Ordinal));
            // Ignored: the app sets its own name, and checks whether the server is writable.
            if (name is "application_name" or "fallback_application_name" or "target_session_attrs"
                || (name, value) is ("sslrootcert", "system"))
                continue;
            if (!Parameters.TryGetValue(name, out var keyword))
                throw new FormatException($"a parameter after '?' isn't one of " +
                    $"{string.Join(", ", Parameters.Keys.Order(StringComparer.Ordinal))}");
            // Converts verify-full to VerifyFull.
            Set(builder, keyword, name is "sslmode" ? value?.Replace("-", "", StringComparison.Ordinal) : value, name);
        }
        return builder;
    }

    private static void SetAddress(NpgsqlConnectionStringBuilder builder, string authority)
    {
        if (authority.Contains(',', StringComparison.Ordinal))
            throw new FormatException("it names several hosts, and one is allowed");
        // An IPv6 address is in brackets, because of its colons.
        var end = authority.StartsWith('[') ? authority.IndexOf(']', StringComparison.Ordinal) : 0;
        if (end < 0)
            throw new FormatException("its IPv6 address has no closing bracket");
        var (host, port) = Split(authority, authority.IndexOf(':', end));
        Set(builder, "Host", host.Trim('[', ']'));
        Set(builder, "Port", port, "port");
    }

    private static (string Before, string? After) Split(string text, int at) => at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);

    private static void Set(NpgsqlConnectionStringBuilder builder, string keyword, string? encoded, string? part = null)
    {
        if (string.IsNullOrEmpty(encoded))
            return;
        try
        {
            builder[keyword] = Uri.UnescapeDataString(encoded);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw new FormatException($"the value of its {part ?? keyword.ToLowerInvariant()} is not allowed");
        }
    }
}
