using System.Net.Http.Headers;
using System.Text;

namespace SkyPanel.Functions.Payments;

/// <summary>Gets the token that each call carries and keeps it until shortly before it expires.</summary>
public sealed class PayPalTokens(IHttpClientFactory clients, PayPalSettings settings, TimeProvider time) : IDisposable
{
    // One that expires on its way would cost a call.
    private const double UsedShare = 0.9;

    private readonly SemaphoreSlim _asking = new(1);
    private volatile Token? _last;

    /// <returns>The token, or why there is none.</returns>
    public async Task<(string? Token, string? Problem)> GetAsync(CancellationToken ct)
    {
        if (await settings.ReadAsync(ct) is not ({ } credentials, _))
            return (null, "PayPal's client id and secret are not configured");
        if (Find(credentials) is { } kept)
            return (kept, null);
        await _asking.WaitAsync(ct);
        try
        {
            return Find(credentials) is { } fresh ? (fresh, null) : await AskAsync(credentials, ct);
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>PayPal refused this token: the next call asks for another.</summary>
    public void Forget(string token)
    {
        if (_last?.Value == token)
            _last = null;
    }

    public void Dispose() => _asking.Dispose();

    private string? Find(PayPalCredentials credentials) =>
        _last is { } kept && kept.Credentials == credentials && time.GetElapsedTime(kept.AskedAt) < kept.UsedFor ? kept.Value : null;

    private async Task<(string?, string?)> AskAsync(PayPalCredentials credentials, CancellationToken ct)
    {
        var askedAt = time.GetTimestamp();
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
        _last = new(credentials, token, askedAt, TimeSpan.FromSeconds(lifetimeSeconds * UsedShare));
        return (token, null);
    }

    private sealed record Token(PayPalCredentials Credentials, string Value, long AskedAt, TimeSpan UsedFor);
}
