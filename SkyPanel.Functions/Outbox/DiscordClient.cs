using System.Net.Http.Headers;
using System.Net.Mime;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Outbox;

/// <summary>Posts to a webhook: one call at a time, within Discord's rate limits, and not for an hour after a refusal, since many refusals
/// get the machine's address banned. No message contains the webhook's address.</summary>
public sealed class DiscordClient(IHttpClientFactory clients, AsyncMutex<DiscordClient> mutex, TimeProvider time)
{
    private static readonly TimeSpan UsualWait = TimeSpan.FromSeconds(2), ClosedTime = TimeSpan.FromHours(1);

    private DiscordWebhook? _closed;
    private string _closedReason = "";
    private DateTimeOffset _closedUntil, _pausedUntil;

    /// <summary>Posts a message, shortened to Discord's limits. Never throws for failures of Discord or the network.</summary>
    public Task<DiscordAnswer> PostAsync(DiscordWebhook webhook, DiscordMessage message, CancellationToken ct)
    {
        // Without wait, Discord answers before it has accepted the message.
        var address = new Uri($"{webhook.Address}?wait=true");
        return SendAsync(webhook, () => new(HttpMethod.Post, address)
        {
            Content = new StringContent(DiscordLimits.Fit(message).ToJson(), Encoding.UTF8, MediaTypeNames.Application.Json),
        }, ct);
    }

    /// <summary>Checks that the webhook exists, without posting.</summary>
    public Task<DiscordAnswer> FindAsync(DiscordWebhook webhook, CancellationToken ct) =>
        SendAsync(webhook, () => new(HttpMethod.Get, webhook.Address), ct);

    private Task<DiscordAnswer> SendAsync(DiscordWebhook webhook, Func<HttpRequestMessage> write, CancellationToken ct) =>
        mutex.RunAsync(() => SendInTurnAsync(webhook, write, ct), ct);

    private async Task<DiscordAnswer> SendInTurnAsync(DiscordWebhook webhook, Func<HttpRequestMessage> write, CancellationToken ct)
    {
        try
        {
            if (webhook.IsSame(_closed) && time.GetUtcNow() < _closedUntil)
                return new DiscordAnswer.Closed(_closedReason);
            if (_pausedUntil - time.GetUtcNow() is { Ticks: > 0 } wait)
                return new DiscordAnswer.RateLimited(wait);

            using var client = clients.CreateClient(DiscordRegistration.Client);
            using var request = write();
            using var response = await client.SendAsync(request, ct);
            return Read(webhook, response, await response.Content.ReadAsStringAsync(ct));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return new DiscordAnswer.Unknown(e is HttpRequestException { HttpRequestError: var error }
                ? $"Discord can't be reached ({error})" : "Discord did not answer in time");
        }
    }

    private DiscordAnswer Read(DiscordWebhook webhook, HttpResponseMessage response, string body)
    {
        var status = (int)response.StatusCode;
        if (Seconds(response.Headers, "X-RateLimit-Remaining") == TimeSpan.Zero
            && Seconds(response.Headers, "X-RateLimit-Reset-After") is { } reset)
            _pausedUntil = time.GetUtcNow() + reset;
        switch (status)
        {
            case >= 200 and < 300:
                return new DiscordAnswer.Ok();
            case 429:
                var wait = RetryAfter(body) ?? Seconds(response.Headers, "Retry-After") ?? UsualWait;
                _pausedUntil = time.GetUtcNow() + wait;
                return new DiscordAnswer.RateLimited(wait);
            case 401 or 403 or 404:
                (_closed, _closedUntil, _closedReason) = (webhook, time.GetUtcNow() + ClosedTime,
                    $"Discord answered {status}: {(status == 404 ? "the webhook is gone" : "the webhook refuses us")}");
                return new DiscordAnswer.Closed(_closedReason);
            case >= 400 and < 500 and not 408:
                return new DiscordAnswer.Refused(
                    $"Discord answered {status}: " +
                    $"{OneLine.Of(body.Replace(webhook.Address.AbsolutePath, "***", StringComparison.OrdinalIgnoreCase))}");
            default:
                return new DiscordAnswer.Unknown($"Discord answered {status}");
        }
    }

    // Seconds with decimals, in the body or the header; Cloudflare's 429 has no JSON.
    private static TimeSpan? RetryAfter(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("retry_after", out var value)
                && value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var seconds) ? Wait(seconds) : null;
        }
        catch (JsonException) // Cloudflare's.
        {
            return null;
        }
    }

    private static TimeSpan? Seconds(HttpResponseHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values)
        && StrictNumber.TryParse(values.ToString(), out decimal seconds) ? Wait(seconds) : null;

    private static TimeSpan Wait(decimal seconds) => TimeSpan.FromMilliseconds((double)Math.Clamp(seconds * 1000, 0, 86_400_000));
}
