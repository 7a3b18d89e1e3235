using System.Net.Http.Headers;
using System.Security.Cryptography;
using Azure.Core;
using Azure.Identity;

namespace SkyPanel.Functions.Scheduling;

/// <summary>Authenticates requests: by the connection string's secret (HMAC-SHA256 over method, path, date, host and body), otherwise by a
/// token of the machine's identity.</summary>
internal sealed class RequestSigner(IOptions<AppConfigurationOptions> options, TimeProvider time) : DelegatingHandler
{
    private const string SignedHeaders = "x-ms-date;host;x-ms-content-sha256";

    private readonly Lazy<TokenCredential> _identity = new(() => new DefaultAzureCredential());

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (options.Value.Secret is { } secret)
            await SignAsync(request, options.Value.Id!, secret, cancellationToken);
        else
        {
            var scope = $"{options.Value.Address!.GetLeftPart(UriPartial.Authority)}/.default";
            request.Headers.Authorization = new("Bearer", (await _identity.Value.GetTokenAsync(new([scope]), cancellationToken)).Token);
        }
        return await base.SendAsync(request, cancellationToken);
    }

    private async Task SignAsync(HttpRequestMessage request, string id, byte[] secret, CancellationToken ct)
    {
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(ct);
        var (date, hash) = (time.GetUtcNow().ToString("r", CultureInfo.InvariantCulture), Convert.ToBase64String(SHA256.HashData(body)));
        var signed = $"{request.Method.Method}\n{request.RequestUri!.PathAndQuery}\n{date};{request.RequestUri.Authority};{hash}";
        var signature = Convert.ToBase64String(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)));
        request.Headers.Add("x-ms-date", date);
        request.Headers.Add("x-ms-content-sha256", hash);
        request.Headers.Authorization = new AuthenticationHeaderValue("HMAC-SHA256",
            $"Credential={id}&SignedHeaders={SignedHeaders}&Signature={signature}");
    }
}
