using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Demo.Simulators.PayPal;

/// <summary>One delivery of an event. An event may be delivered many times.</summary>
public sealed record SimulatedEvent(string Id, string Type, string Body);

/// <summary>The headers of the delivery, as sent by PayPal.</summary>
public sealed record WebhookHeaders(string TransmissionId, string Time, string CertificateUrl, string Signature);

/// <summary>Keeps, signs and delivers events: automatically once <see cref="DeliverTo"/> is set, otherwise when a test calls
/// for it.</summary>
public sealed class PayPalWebhooks : IAsyncDisposable
{
    private const string CertificatePath = "/v1/notifications/certs/CERT-SIMULATED";
    private const int MaxAttempts = 5;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2), AttemptTime = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = AttemptTime };
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<SimulatedEvent> _events = new();
    private readonly ConcurrentBag<Task> _deliveries = [];
    private readonly TimeProvider _time;

    internal PayPalWebhooks(TimeProvider time)
    {
        _time = time;
        Certificate = new(time.GetUtcNow().AddDays(-1), time.GetUtcNow().AddYears(1));
    }

    /// <summary>The certificate that signs deliveries and that its address serves.</summary>
    public PayPalCertificate Certificate { get; set; }

    /// <summary>The address to post each event to; null for none.</summary>
    public Uri? DeliverTo { get; set; }

    /// <summary>All events, the oldest first.</summary>
    public IReadOnlyList<SimulatedEvent> Events => [.. _events];

    /// <summary>The answer to the post-back; null for the true answer.</summary>
    public string? PostBackAnswer { get; set; }

    internal string Address { get; set; } = "";

    /// <summary>Signs a delivery of an event.</summary>
    /// <param name="at">The time of transmission; default: now.</param>
    public WebhookHeaders Sign(SimulatedEvent one, DateTimeOffset? at = null, PayPalCertificate? certificate = null)
    {
        var (id, time) = (Guid.NewGuid().ToString(), PayPalShapes.Instant(at ?? _time.GetUtcNow()));
        return new(id, time, $"{Address}{CertificatePath}", (certificate ?? Certificate).Sign(id, time, PayPalSimulator.WebhookId,
            Encoding.UTF8.GetBytes(one.Body)));
    }

    /// <returns>The answer's status.</returns>
    public async Task<HttpStatusCode> DeliverAsync(SimulatedEvent one, Uri address, WebhookHeaders? headers = null,
        CancellationToken ct = default)
    {
        headers ??= Sign(one);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(one.Body, Encoding.UTF8,
            "application/json") };
        foreach (var (name, value) in All(headers))
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _http.SendAsync(request, ct);
        return response.StatusCode;
    }

    public static IEnumerable<(string Name, string Value)> All(WebhookHeaders headers) =>
    [
        ("PAYPAL-TRANSMISSION-ID", headers.TransmissionId), ("PAYPAL-TRANSMISSION-TIME", headers.Time),
        ("PAYPAL-TRANSMISSION-SIG", headers.Signature), ("PAYPAL-CERT-URL", headers.CertificateUrl), ("PAYPAL-AUTH-ALGO", "SHA256withRSA"),
    ];

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_deliveries).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Dispose();
        _stopping.Dispose();
        Certificate.Dispose();
    }

    internal void Add(string type, JsonObject resource)
    {
        var id = $"WH-{PayPalBooks.NewId()}";
        var one = new SimulatedEvent(id, type, new JsonObject
        {
            ["id"] = id, ["create_time"] = PayPalShapes.Instant(_time.GetUtcNow()), ["event_type"] = type, ["event_version"] = "1.0",
                ["resource"] = resource,
        }.ToJsonString());
        _events.Enqueue(one);
        if (DeliverTo is { } address)
            _deliveries.Add(Task.Run(() => KeepDeliveringAsync(one, address)));
    }

    internal void Map(WebApplication app)
    {
        app.MapGet(CertificatePath, () => TypedResults.Text(Certificate.Pem, "application/x-pem-file"));
        app.MapPost("/v1/notifications/verify-webhook-signature", async (HttpRequest request) =>
        {
            var body = (await JsonNode.ParseAsync(request.Body))!.AsObject();
            var isKnown = body["webhook_id"]?.GetValue<string>() == PayPalSimulator.WebhookId
                && _events.Any(one => one.Id == body["webhook_event"]?["id"]?.GetValue<string>()
                    && JsonNode.DeepEquals(JsonNode.Parse(one.Body), body["webhook_event"]));
            return Shape.Json(new JsonObject { ["verification_status"] = PostBackAnswer ?? (isKnown ? "SUCCESS" : "FAILURE") });
        });
    }

    private async Task KeepDeliveringAsync(SimulatedEvent one, Uri address)
    {
        for (var attempt = 1; attempt <= MaxAttempts && !_stopping.IsCancellationRequested; attempt++)
        {
            try
            {
                if (await DeliverAsync(one, address, ct: _stopping.Token) == HttpStatusCode.OK)
                    return;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException) // The app may not serve yet.
            {
            }
            await Task.Delay(RetryAfter, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
