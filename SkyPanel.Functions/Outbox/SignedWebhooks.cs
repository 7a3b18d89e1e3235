using System.Net.Mime;
using System.Net.Sockets;
using System.Security.Cryptography;
using StandardWebhooks;

namespace SkyPanel.Functions.Outbox;

/// <summary>Posts signed messages by the scheme of Standard Webhooks. Redirects are not followed, and answers are not read.</summary>
public sealed class SignedWebhooks(IHttpClientFactory clients, IOptions<WebhooksOptions> options, TimeProvider time)
{
    internal const string Client = "signed-webhooks";
    internal static readonly TimeSpan CallTime = TimeSpan.FromSeconds(10);

    public const string AllowedAddress =
        "an address such as https://example.com/hooks (http:// only for loopback), without user name and fragment, of 1000 characters at " +
        "most";

    private const string SecretPrefix = "whsec_";
    private const int SecretBytes = 32, MaxAddressLength = 1000;
    private static readonly TimeSpan DefaultWait = TimeSpan.FromMinutes(1), MaxWait = TimeSpan.FromHours(2);

    /// <returns>A new random secret, <c>whsec_</c> and base64.</returns>
    public static string NewSecret() => SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <returns>The address; null when messages may not be sent to it.</returns>
    public static Uri? ParseAddress(string text) =>
        text.Length <= MaxAddressLength && Uri.TryCreate(text.Trim(), UriKind.Absolute, out var address)
        && address is { UserInfo: "", Fragment: "", Host.Length: > 0 } && address.MayGetSecrets() ? address : null;

    /// <summary>Resolves and checks an address. It is checked again for each connection, as it may change.</summary>
    /// <returns>The reason for a refusal; null when there is none, or when the name can't be resolved now.</returns>
    public async Task<string?> FindObstacleAsync(Uri address, CancellationToken ct)
    {
        if (options.Value.AllowPrivateAddresses)
            return null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(CallTime);
        try
        {
            await PublicAddress.ResolveAsync(address.IdnHost, limit.Token);
            return null;
        }
        catch (NotPublicException e)
        {
            return $"{e.Message}; Webhooks:AllowPrivateAddresses allows that";
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Posts a message once. Never throws for failures of the receiver or the network.</summary>
    /// <param name="secrets">The secrets to sign with, the newest first, as some receivers check only the
    /// first signature.</param>
    /// <param name="id">The id of the message, the same for each attempt.</param>
    /// <param name="body">JSON.</param>
    public async Task<AttemptOutcome> PostAsync(Uri address, IReadOnlyList<string> secrets, string id, string body, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(body, Encoding.UTF8,
            MediaTypeNames.Application.Json) };
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature",
            string.Join(' ', secrets.Select(secret => new StandardWebhook(secret).Sign(id, now, body))));
        try
        {
            using var client = clients.CreateClient(Client);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            return Classify(response);
        }
        catch (HttpRequestException e) when (e.InnerException is NotPublicException)
        {
            return new AttemptOutcome.Failed($"nothing is sent: {e.InnerException.Message}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return new AttemptOutcome.Failed(e is HttpRequestException { HttpRequestError: var error }
                ? $"the endpoint can't be reached ({error})" : $"the endpoint gave no answer within {CallTime.TotalSeconds:0} s",
                IsUnreachable: true);
        }
    }

    private AttemptOutcome Classify(HttpResponseMessage response) => (int)response.StatusCode switch
    {
        >= 200 and < 300 => new AttemptOutcome.Settled(),
        410 => new AttemptOutcome.Discarded("the endpoint answered 410: it wants no more messages"),
        429 => new AttemptOutcome.PutOff(WaitOf(response), "the endpoint answered 429: too many messages"),
        >= 300 and < 400 and var status => new AttemptOutcome.Failed($"the endpoint answered {status}: redirects are not followed"),
        var status => new AttemptOutcome.Failed($"the endpoint answered {status}"),
    };

    private TimeSpan WaitOf(HttpResponseMessage response)
    {
        var asked = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => DefaultWait,
        };
        return asked < DefaultWait ? DefaultWait : asked > MaxWait ? MaxWait : asked;
    }
}
