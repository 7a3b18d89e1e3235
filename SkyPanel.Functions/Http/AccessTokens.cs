using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace SkyPanel.Functions.Http;

/// <summary>Knows whose JSON web token it is: signed by the authority, for us, now, with a subject.</summary>
public sealed class AccessTokens(Authority authority, IOptions<AdminOptions> options, TimeProvider time)
{
    private const int LongestSubject = 255;
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    // Asymmetric ones alone: with HS256 the authority's public key, which everybody has, would be taken for a secret.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    /// <summary>Null for what is no valid token; <see cref="Role.None"/> for one that gives no role.</summary>
    /// <exception cref="AuthorityException">Its signature can't be judged.</exception>
    public async Task<(string Name, Role Role)?> FindAsync(string? text, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(options.Value.Jwt.Authority) || text is null || text.Count(c => c == '.') != 2 || !_handler.CanReadToken(text))
            return null;
        var configuration = await authority.ReadAsync(ct);
        var result = await ValidateAsync(text, configuration);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
            result = await ValidateAsync(text, await authority.ReadAnewAsync(configuration, ct));
        if (!result.IsValid || result.SecurityToken is not JsonWebToken { Subject: { Length: > 0 and <= LongestSubject } subject } token || subject.Any(char.IsControl))
            return null;
        // RFC 7515, 4.1.11: a token whose critical extensions aren't understood is refused, and none is understood here.
        if (token.TryGetHeaderValue<object>("crit", out _))
            return null;
        var roles = result.ClaimsIdentity.FindAll(options.Value.Jwt.RoleClaim).Select(claim => Roles.Parse(claim.Value) ?? Role.None);
        return ($"jwt:{subject}", roles.Append(Role.None).Max());
    }

    private Task<TokenValidationResult> ValidateAsync(string text, OpenIdConnectConfiguration configuration) => _handler.ValidateTokenAsync(text, new TokenValidationParameters
    {
        ValidIssuer = configuration.Issuer,
        ValidAudience = options.Value.Jwt.Audience,
        IssuerSigningKeys = configuration.SigningKeys,
        ValidateIssuerSigningKey = true,
        ValidAlgorithms = Algorithms,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        LifetimeValidator = (notBefore, expires, _, _) =>
            expires is { } end && time.GetUtcNow().UtcDateTime < end + ClockSkew && (notBefore is not { } start || time.GetUtcNow().UtcDateTime >= start - ClockSkew),
    });
}
