using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace SkyPanel.Functions.Http;

/// <summary>Reads and caches the OpenID Connect authority's issuer and signing keys.</summary>
/// <remarks>A token with a new key waits for the rotated keys, so its first use isn't refused. Requests to an authority that is down are at
/// least ten seconds apart, also before its first answer: tokens can't queue behind its time-outs.</remarks>
public sealed class Authority(IHttpClientFactory http, IOptions<AdminOptions> options, ILogger<Authority> logger, TimeProvider time)
    : IDisposable
{
    /// <summary>The client's name.</summary>
    public const string Client = "openid";

    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(12);

    // At most one request in this time, however many tokens have unknown keys, and while the authority is down.
    private static readonly TimeSpan AskedAgainAfter = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _reading = new(1);
    private volatile OpenIdConnectConfiguration? _known;
    private long _readAt, _askedAt;
    private bool _wasAsked;

    /// <summary>Returns the cached configuration, read again after twelve hours.</summary>
    /// <exception cref="AuthorityException">The authority was never read and can't be reached now.</exception>
    public async Task<OpenIdConnectConfiguration> ReadAsync(CancellationToken ct) =>
        _known is { } known && time.GetElapsedTime(Interlocked.Read(ref _readAt)) < KeptFor ? known
        : await AskAsync(_known, ct) ?? throw new AuthorityException();

    /// <summary>Reads the configuration again for a token with an unknown key, which may have been rotated in.</summary>
    /// <returns>The newest configuration; the given one when the authority was asked a moment ago.</returns>
    public async Task<OpenIdConnectConfiguration> ReadAnewAsync(OpenIdConnectConfiguration seen, CancellationToken ct) =>
        await AskAsync(seen, ct) ?? seen;

    public void Dispose() => _reading.Dispose();

    private async Task<OpenIdConnectConfiguration?> AskAsync(OpenIdConnectConfiguration? seen, CancellationToken ct)
    {
        await _reading.WaitAsync(ct);
        try
        {
            if (_known != seen || _wasAsked && time.GetElapsedTime(_askedAt) < AskedAgainAfter)
                return _known;
            (_wasAsked, _askedAt) = (true, time.GetTimestamp());
            var read = await FetchAsync(options.Value.Jwt.Authority!.TrimEnd('/'));
            Interlocked.Exchange(ref _readAt, _askedAt);
            return _known = read;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or InvalidOperationException or ArgumentException
            or OperationCanceledException && !ct.IsCancellationRequested)
        {
            logger.LogWarning("The token authority can't be read: {Reason}", (e.InnerException ?? e).Message);
            return _known; // The known keys stay valid while the authority is down.
        }
        finally
        {
            _reading.Release();
        }
    }

    // Not the caller's token: other requests wait for the same answer. The client has its own time-out.
    private async Task<OpenIdConnectConfiguration> FetchAsync(string authority)
    {
        var retriever = new HttpDocumentRetriever(http.CreateClient(Client)) { RequireHttps = authority.StartsWith("https:",
            StringComparison.OrdinalIgnoreCase) };
        var read = await OpenIdConnectConfigurationRetriever.GetAsync($"{authority}/.well-known/openid-configuration", retriever,
            CancellationToken.None);
        return read.Issuer?.TrimEnd('/') == authority ? read
            : throw new InvalidOperationException($"it calls itself '{read.Issuer}', not '{authority}'");
    }
}

/// <summary>Thrown when a token can't be judged because its authority can't be reached. The gate answers 503.</summary>
public sealed class AuthorityException() : Exception("The token authority can't be reached.");
