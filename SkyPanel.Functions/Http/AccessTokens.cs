using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace SkyPanel.Functions.Http;

/// <summary>Validates JSON web tokens: signed by the authority, for our audience, not expired, with a subject.</summary>
public sealed class AccessTokens(Authority authority, IOptions<AdminOptions> options, TimeProvider time)
{
    private const int MaxSubjectLength = 255;
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    // Asymmetric algorithms only: with HS256, the authority's public key would pass for the secret.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    /// <summary>Finds the subject of a token and its highest role.</summary>
    /// <returns>Null for an invalid token; <see cref="Role.None"/> for a token without a role of ours.</returns>
    /// <exception cref="AuthorityException">The authority's keys can't be read.</exception>
    public async Task<(string Name, Role Role)?> FindAsync(string? text, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(options.Value.Jwt.Authority) || text is null || text.Count(c => c == '.') != 2
            || !_handler.CanReadToken(text))
            return null;
        var configuration = await authority.ReadAsync(ct);
        var result = await ValidateAsync(text, configuration);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
            result = await ValidateAsync(text, await authority.RefreshAsync(ct));
        if (!result.IsValid || result.SecurityToken is not JsonWebToken { Subject: { Length: > 0 and <= MaxSubjectLength } subject } token
            || subject.Any(char.IsControl))
            return null;
        // RFC 7515, 4.1.11: tokens with critical extensions that aren't supported are refused. None is supported here.
        if (token.TryGetHeaderValue<object>("crit", out _))
            return null;
        var roles = result.ClaimsIdentity.FindAll(options.Value.Jwt.RoleClaim).Select(claim => Roles.Parse(claim.Value) ?? Role.None);
        return ($"jwt:{subject}", roles.Append(Role.None).Max());
    }

    private Task<TokenValidationResult> ValidateAsync(string text, OpenIdConnectConfiguration configuration) =>
        _handler.ValidateTokenAsync(text, new TokenValidationParameters
    {
        ValidIssuer = configuration.Issuer,
        ValidAudience = options.Value.Jwt.Audience,
        IssuerSigningKeys = configuration.SigningKeys,
        ValidateIssuerSigningKey = true,
        ValidAlgorithms = Algorithms,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        LifetimeValidator = (notBefore, expires, _, _) =>
            expires is { } end && time.GetUtcNow().UtcDateTime < end + ClockSkew
                && (notBefore is not { } start || time.GetUtcNow().UtcDateTime >= start - ClockSkew),
    });
}
