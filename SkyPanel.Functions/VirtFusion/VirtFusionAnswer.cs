using System.Text.Json;
using Polly.Timeout;
using SkyPanel.Functions.Outgoing;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>What came back from one call, or why nothing did, read once and without throwing.</summary>
internal sealed class VirtFusionAnswer
{
    /// <summary>The HTTP status, or 0 when there was no answer.</summary>
    public int Status { get; private init; }

    /// <summary>The body, when it is a JSON object.</summary>
    public JsonElement? Json { get; private init; }

    /// <summary>How long VirtFusion asks us to wait; null when it doesn't say. Never negative.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>What went wrong, one line: VirtFusion's own <c>msg</c> or <c>message</c>. Nothing else of an answer is passed on: whatever
    /// answers at the configured address, a viewer must not read it in a run's errors.</summary>
    public string Message { get; private init; } = "";

    /// <summary>True when VirtFusion itself says that the thing doesn't exist. A 404 without <c>msg</c> comes from a proxy or an
    /// API out of order, and says nothing about the thing.</summary>
    public bool IsNotFound => Status == 404 && Json is { } json && json.Text("msg") is { Length: > 0 };

    /// <summary>True for an answer that says no: nothing was done, and asking the same again gets the same.</summary>
    public bool IsRefusal => Status is 400 or 402 or 403 or 404 or 409 or 422 or 423;

    /// <summary>For a message: <c>503 (Service Unavailable)</c>, or the reason why there was no answer.</summary>
    public override string ToString() =>
        Status == 0 ? Message : Message.Length > 0 ? $"status {Status}: {Message}" : $"status {Status}";

    public static async Task<VirtFusionAnswer> ReadAsync(HttpResponseMessage response, TimeProvider time)
    {
        // Buffered by the innermost handler: this neither waits nor fails.
        var body = await response.Content.ReadAsByteArrayAsync(CancellationToken.None);
        var json = Parse(body);
        return new()
        {
            Status = (int)response.StatusCode,
            Json = json,
            RetryAfter = RetryAfterOf(response, time),
            Message = json is { } root ? OneLine.Of(root.Text("msg") is { Length: > 0 } msg ? msg : root.Text("message") ?? "") : "",
        };
    }

    public static VirtFusionAnswer None(Exception exception) => new() { Message = ReasonOf(exception) };

    public static string ReasonOf(Exception exception) => exception switch
    {
        TimeoutRejectedException timeout => $"no answer within {timeout.Timeout.TotalSeconds:0} s",
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http =>
            OneLine.Of($"{http.HttpRequestError}: {http.Message}"),
        _ => OneLine.Of(exception.Message),
    };

    public static TimeSpan? RetryAfterOf(HttpResponseMessage? response, TimeProvider time)
    {
        var wait = response?.Headers.RetryAfter is { } header ? header.Delta ?? header.Date - time.GetUtcNow() : null;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static JsonElement? Parse(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException) // A proxy's page, or half an answer.
        {
            return null;
        }
    }
}
