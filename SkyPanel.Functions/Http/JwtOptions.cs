namespace SkyPanel.Functions.Http;

/// <summary>Section <c>Admin:Jwt</c>: tokens of an OpenID Connect authority, beside API keys.</summary>
public sealed class JwtOptions
{
    /// <summary>The issuer, such as <c>https://login.microsoftonline.com/TENANT/v2.0</c>: https, http for loopback only. Its keys are read
    /// from <c>/.well-known/openid-configuration</c> under it. Default: none, tokens aren't accepted.</summary>
    public string? Authority { get; set; }

    /// <summary>The audience (<c>aud</c>). Required with an authority.</summary>
    public string? Audience { get; set; }

    /// <summary>The claim with the role: viewer, operator or admin, or a list whose highest role counts. Default: roles.</summary>
    public string RoleClaim { get; set; } = "roles";

    /// <summary>This app's id at the authority, for the console's login by code flow with PKCE. Default: none, the console accepts API keys
    /// only.</summary>
    public string? ClientId { get; set; }

    /// <returns>A sentence for each invalid setting, with its name.</returns>
    public IEnumerable<string> Problems()
    {
        if (string.IsNullOrEmpty(Authority))
            yield break;
        if (!Uri.TryCreate(Authority, UriKind.Absolute, out var address) || !address.MayGetSecrets()
            || address is not { UserInfo: "", Query: "", Fragment: "" })
            yield return $"Admin:Jwt:Authority '{OutgoingAddress.Masked(Authority)}' must be an address that begins with https:// " +
                $"(http:// only for loopback), without user name, query or fragment.";
        if (string.IsNullOrWhiteSpace(Audience))
            yield return "Admin:Jwt:Audience is missing beside Admin:Jwt:Authority: a token that is meant for another application must " +
                "not open this one.";
        if (string.IsNullOrWhiteSpace(RoleClaim))
            yield return "Admin:Jwt:RoleClaim '' must name a claim, such as roles.";
    }
}
