using System.Net;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.ConsoleUi;

/// <summary>Holds the console's static files.</summary>
public sealed class ConsoleFiles
{
    private readonly JwtOptions _jwt;

    public ConsoleFiles(IOptions<AdminOptions> options)
    {
        _jwt = options.Value.Jwt;
        Files = new("console/", Fill);
    }

    public StaticFiles Files { get; }

    /// <summary>The origin of the authority, which the page may call to log in; null when none is configured.</summary>
    public string? AuthorityOrigin => _jwt is { Authority: { Length: > 0 } authority, ClientId.Length: > 0 }
        ? new Uri(authority).GetLeftPart(UriPartial.Authority) : null;

    private string Base => $"/console/{Files.Version}";

    // Preloads all modules at once.
    private string Fill(string index) => index
        .Replace("{scripts}", string.Concat(Files.Scripts.Select(path => $"""<link rel="modulepreload" href="{Base}/{path}">""")),
            StringComparison.Ordinal)
        .Replace("{base}", Base, StringComparison.Ordinal)
        .Replace("{authority}", AuthorityOrigin is null ? "" : WebUtility.HtmlEncode(_jwt.Authority), StringComparison.Ordinal)
        .Replace("{clientId}", WebUtility.HtmlEncode(_jwt.ClientId ?? ""), StringComparison.Ordinal);
}
