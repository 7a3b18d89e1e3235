using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace SkyPanel.Functions.Http;

/// <summary>Reads and caches the OpenID Connect authority's issuer and signing keys, for twelve hours.</summary>
public sealed class Authority
{
    /// <summary>The client's name.</summary>
    public const string Client = "openid";

    // At most one request in this time, however many tokens have unknown keys.
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(10);

    private readonly string _address;
    private readonly ConfigurationManager<OpenIdConnectConfiguration> _manager;
    private readonly ILogger<Authority> _logger;

    // The default refreshes in the background and refuses every token with a rotated key until then.
    static Authority() => AppContext.SetSwitch("Switch.Microsoft.IdentityModel.UpdateConfigAsBlocking", true);

    public Authority(IHttpClientFactory http, IOptions<AdminOptions> options, ILogger<Authority> logger)
    {
        _logger = logger;
        _address = $"{options.Value.Jwt.Authority}".TrimEnd('/');
        _manager = new($"{_address}/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(), new Retriever(http))
            { RefreshInterval = RefreshInterval };
    }

    /// <summary>Returns the cached configuration.</summary>
    /// <exception cref="AuthorityException">The authority was never read and can't be read now.</exception>
    public async Task<OpenIdConnectConfiguration> ReadAsync(CancellationToken ct)
    {
        try
        {
            var read = await _manager.GetConfigurationAsync(ct);
            return read.Issuer?.TrimEnd('/') == _address ? read
                : throw new InvalidOperationException($"it calls itself '{read.Issuer}', not '{_address}'");
        }
        catch (InvalidOperationException e)
        {
            _logger.LogWarning("The token authority can't be read: {Reason}", (e.InnerException ?? e).Message);
            throw new AuthorityException();
        }
    }

    /// <summary>Reads the configuration again for a token with an unknown key, which may have been rotated in.</summary>
    public Task<OpenIdConnectConfiguration> RefreshAsync(CancellationToken ct)
    {
        _manager.RequestRefresh();
        return ReadAsync(ct);
    }

    // A client for each request: the factory renews its connections.
    private sealed class Retriever(IHttpClientFactory http) : IDocumentRetriever
    {
        public Task<string> GetDocumentAsync(string address, CancellationToken cancel) =>
            new HttpDocumentRetriever(http.CreateClient(Client))
            {
                RequireHttps = address.StartsWith("https:", StringComparison.OrdinalIgnoreCase),
            }.GetDocumentAsync(address, cancel);
    }
}

/// <summary>Thrown when a token can't be validated because its authority can't be reached. The gate answers 503.</summary>
public sealed class AuthorityException() : Exception("The token authority can't be reached.");
