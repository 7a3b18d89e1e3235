using System.Text.Json;
using Polly.Timeout;
using SkyPanel.Functions.Outgoing;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>The answer of one call, or the reason why there is none.</summary>
internal sealed class VirtFusionAnswer
{
    /// <summary>The HTTP status, or 0 when there was no answer.</summary>
    public int Status { get; private init; }

    /// <summary>The body, when it is a JSON object.</summary>
    public JsonElement? Json { get; private init; }

    /// <summary>The wait that VirtFusion asks for, never negative; null without one.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>The error in one line: VirtFusion's own <c>msg</c> or <c>message</c>. Nothing else of the answer is passed on, as any
    /// server may answer at the configured address, and viewers can read a run's errors.</summary>
    public string Message { get; private init; } = "";

    /// <summary>True when VirtFusion itself says that the resource doesn't exist. A 404 without <c>msg</c> comes from a proxy or a broken
    /// API.</summary>
    public bool IsNotFound => Status == 404 && Json is { } json && json.Text("msg") is { Length: > 0 };

    /// <summary>True for a permanent refusal: nothing was done, and a retry gets the same answer.</summary>
    public bool IsRefusal => Status is 400 or 402 or 403 or 404 or 409 or 422 or 423;

    /// <summary>Describes the answer in messages, or the reason why there is none.</summary>
    public override string ToString() =>
        Status == 0 ? Message : Message.Length > 0 ? $"status {Status}: {Message}" : $"status {Status}";

    public static async Task<VirtFusionAnswer> ReadAsync(HttpResponseMessage response, TimeProvider time)
    {
        // The innermost handler has buffered it, so this neither waits nor fails.
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
        catch (JsonException) // A proxy's page, or a truncated answer.
        {
            return null;
        }
    }
}
