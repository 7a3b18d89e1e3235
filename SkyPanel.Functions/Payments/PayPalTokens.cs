using System.Net.Http.Headers;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Payments;

/// <summary>Gets the access token of the calls and caches it until shortly before it expires.</summary>
public sealed class PayPalTokens(IHttpClientFactory clients, PayPalSettings settings, AsyncMutex<PayPalTokens> mutex, TimeProvider time)
{
    // A token must not expire during a call.
    private const double UsedShareOfLifetime = 0.9;

    private volatile Token? _last;

    /// <returns>The token, or the problem.</returns>
    public async Task<(string? Token, string? Problem)> GetAsync(CancellationToken ct)
    {
        if (await settings.ReadAsync(ct) is not ({ } credentials, _))
            return (null, "PayPal's client id and secret are not configured");
        if (Find(credentials) is { } cached)
            return (cached, null);
        return await mutex.RunAsync(async () => Find(credentials) is { } fresh ? (fresh, null) : await RequestAsync(credentials, ct), ct);
    }

    /// <summary>Drops a token that PayPal refused.</summary>
    public void Invalidate(string token)
    {
        if (_last?.Value == token)
            _last = null;
    }

    private string? Find(PayPalCredentials credentials) =>
        _last is { } last && last.Credentials == credentials && time.GetElapsedTime(last.RequestedAt) < last.UsedFor ? last.Value : null;

    private async Task<(string?, string?)> RequestAsync(PayPalCredentials credentials, CancellationToken ct)
    {
        var requestedAt = time.GetTimestamp();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(settings.Address, "v1/oauth2/token"))
        {
            Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.ClientId}:{credentials.ClientSecret}")));
        var answer = await PayPalRegistration.SendAsync(clients, PayPalRegistration.Reads, request, time, ct);
        if (answer is not { Status: 200, Json: { } json } || json.Text("access_token") is not { } token
            || json.Count("expires_in") is not { } lifetimeSeconds)
            return (null, answer.Status switch { 0 => answer.Message, 200 => "the answer isn't as documented",
                _ => $"status {answer.Status} {answer.Message}" });
        _last = new(credentials, token, requestedAt, TimeSpan.FromSeconds(lifetimeSeconds * UsedShareOfLifetime));
        return (token, null);
    }

    private sealed record Token(PayPalCredentials Credentials, string Value, long RequestedAt, TimeSpan UsedFor);
}
