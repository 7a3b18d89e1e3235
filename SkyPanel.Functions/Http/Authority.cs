using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace SkyPanel.Functions.Http;

/// <summary>The OpenID Connect authority's name and signing keys, read by discovery. Unlike the library's ConfigurationManager, which
/// reads rotated keys in the background, a token with a new key waits for them: its first use isn't refused.</summary>
public sealed class Authority(IHttpClientFactory http, IOptions<AdminOptions> options, ILogger<Authority> logger, TimeProvider time) : IDisposable
{
    /// <summary>The client's name.</summary>
    public const string Client = "openid";

    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(12);

    // However many tokens with unknown keys come, and while it is down.
    private static readonly TimeSpan AskedAgainAfter = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _reading = new(1);
    private volatile OpenIdConnectConfiguration? _known;
    private long _readAt, _askedAt;
    private bool _wasAsked;

    /// <exception cref="AuthorityException">It was never read and can't be now.</exception>
    public async Task<OpenIdConnectConfiguration> ReadAsync(CancellationToken ct) =>
        _known is { } known && time.GetElapsedTime(Interlocked.Read(ref _readAt)) < KeptFor ? known
        : await AskAsync(_known, ct) ?? throw new AuthorityException();

    /// <summary>For a token whose key isn't among those seen: the keys may have been rotated.</summary>
    /// <returns>What is known now, which is what was seen when it was asked a moment ago.</returns>
    public async Task<OpenIdConnectConfiguration> ReadAnewAsync(OpenIdConnectConfiguration seen, CancellationToken ct) => await AskAsync(seen, ct) ?? seen;

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
        catch (Exception e) when (e is IOException or HttpRequestException or InvalidOperationException or ArgumentException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            logger.LogWarning("The token authority can't be read: {Reason}", (e.InnerException ?? e).Message);
            return _known; // Old keys are better than none.
        }
        finally
        {
            _reading.Release();
        }
    }

    // Not with the caller's token: others wait for the same answer. The client has a time-out of its own.
    private async Task<OpenIdConnectConfiguration> FetchAsync(string authority)
    {
        var retriever = new HttpDocumentRetriever(http.CreateClient(Client)) { RequireHttps = authority.StartsWith("https:", StringComparison.OrdinalIgnoreCase) };
        var read = await OpenIdConnectConfigurationRetriever.GetAsync($"{authority}/.well-known/openid-configuration", retriever, CancellationToken.None);
        return read.Issuer?.TrimEnd('/') == authority ? read : throw new InvalidOperationException($"it calls itself '{read.Issuer}', not '{authority}'");
    }
}

/// <summary>Nothing can be said about a token: who issued it isn't to be reached.</summary>
public sealed class AuthorityException() : Exception("The token authority can't be reached.");
