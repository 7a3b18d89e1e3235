using System.Data.Common;
using System.Text.RegularExpressions;

namespace SkyPanel.Functions.Database;

/// <summary>Parses a connection string. A refusal shows only host, port and database, as other parts may contain a misplaced
/// password.</summary>
public static partial class ConnectionText
{
    private const string Allowed =
        "a connection string such as Host=db;Database=skypanel;Username=app;Password=secret, or " +
            "postgresql://app:secret@db:5432/skypanel?sslmode=require, is allowed.";

    /// <exception cref="StartException">The connection string is missing or invalid.</exception>
    public static NpgsqlConnectionStringBuilder Read(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw new StartException("ConnectionStrings:SkyPanel is missing: set it to a PostgreSQL 15 or later " +
                "(ConnectionStrings__SkyPanel).");
        try
        {
            var builder = ConnectionUrl.Is(text.Trim()) ? ConnectionUrl.Read(text.Trim()) : ReadPairs(text);
            if (string.IsNullOrWhiteSpace(builder.Host))
                throw new FormatException("it names no Host");
            // 'host=db password=secret' is parsed as one value.
            if (!HostName().IsMatch(builder.Host) || !DatabaseName().IsMatch(builder.Database ?? ""))
                throw new FormatException("its host or database has a character that no such name has; keywords are separated by " +
                    "semicolons");
            if (builder.Port is < 1 or > 65_535)
                throw new FormatException("its port is not 1 to 65535");
            return builder;
        }
        catch (FormatException e) // Of our own: it names parts, never values.
        {
            throw new StartException($"ConnectionStrings:SkyPanel '***' can't be read ({e.Message}): {Allowed}");
        }
    }

    /// <summary>Describes why the database can't be used, without user and password.</summary>
    public static string Describe(NpgsqlConnectionStringBuilder builder, Exception e)
    {
        var reason = e switch
        {
            PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
                "the role or its password is refused",
            PostgresException postgres => $"{postgres.SqlState}: {postgres.MessageText}",
            _ => e.Message,
        };
        foreach (var secret in new[] { builder.Password, builder.Username }.OfType<string>().Where(secret => secret.Length > 0))
            reason = Regex.Replace(reason, $@"(?<!\w){Regex.Escape(secret)}(?!\w)", "***");
        return $"ConnectionStrings:SkyPanel: the database {builder.Database} on {builder.Host}:{builder.Port} can't be used: " +
            $"{reason.ReplaceLineEndings(" ")}";
    }

    // Hides unknown keywords, which may be the part of a password after a semicolon.
    private static NpgsqlConnectionStringBuilder ReadPairs(string text)
    {
        var pairs = new DbConnectionStringBuilder();
        try
        {
            pairs.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            throw new FormatException("it isn't made of keyword=value, separated by semicolons; a value that has one stands in quotes");
        }
        var builder = new NpgsqlConnectionStringBuilder();
        foreach (string keyword in pairs.Keys)
        {
            if (!builder.ContainsKey(keyword))
                throw new FormatException("one of its keywords isn't known; a value that has a semicolon stands in quotes");
            try
            {
                builder[keyword] = pairs[keyword];
            }
            catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
            {
                throw new FormatException($"the value of its {keyword.ToLowerInvariant()} is not allowed");
            }
        }
        return builder;
    }

    [GeneratedRegex(@"^[\p{L}\p{N}_.,:/%\-]+$")]
    private static partial Regex HostName();

    [GeneratedRegex(@"^[\p{L}\p{N}_.$ \-]*$")]
    private static partial Regex DatabaseName();
}
