using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Timeout;

namespace SkyPanel.Functions.Outgoing;

/// <summary>Reads answers of other services, and the reasons why there is none.</summary>
internal static class OutgoingAnswer
{
    /// <returns>The body, when it is a JSON object.</returns>
    public static JsonElement? ParseObject(byte[] body)
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

    public static JsonElement? Field(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <returns>Null for an absent or empty text.</returns>
    public static string? Text(this JsonElement element, string name) => element.Field(name)?.Text();

    /// <returns>The texts of an array; empty without one.</returns>
    public static IEnumerable<string> Texts(this JsonElement element, string name) =>
        element.Field(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray().Select(Text).OfType<string>() : [];

    private static string? Text(this JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null; // Half of a surrogate pair is valid JSON, but not valid text.
        }
    }

    public static string ReasonOf(Exception exception) => exception switch
    {
        TimeoutRejectedException timeout => $"no answer within {timeout.Timeout.TotalSeconds:0} s",
        TaskCanceledException => "no answer in time",
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http =>
            OneLine.Of($"{http.HttpRequestError}: {http.Message}"),
        _ => OneLine.Of(exception.Message),
    };

    /// <returns>The wait that the service asks for, never negative; null without one.</returns>
    public static TimeSpan? RetryAfterOf(HttpResponseMessage? response, TimeProvider time)
    {
        var wait = response?.Headers.RetryAfter is { } header ? header.Delta ?? header.Date - time.GetUtcNow() : null;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    /// <summary>Two retries of a read. An answer that asks for a longer wait goes to the caller.</summary>
    public static HttpRetryStrategyOptions Retry(TimeSpan delay, TimeSpan maxWait, TimeProvider time) => new()
    {
        MaxRetryAttempts = 2,
        Delay = delay,
        MaxDelay = maxWait,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        ShouldHandle = arguments => ValueTask.FromResult(HttpClientResiliencePredicates.IsTransient(arguments.Outcome)
            && !(RetryAfterOf(arguments.Outcome.Result, time) > maxWait)),
    };
}
