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

    /// <summary>The error in one line: VirtFusion's own <c>msg</c>, <c>message</c> or <c>errors</c>. Nothing else of the answer is passed
    /// on, as any server may answer at the configured address, and viewers can read a run's errors.</summary>
    public string Message { get; private init; } = "";

    /// <summary>True when VirtFusion itself says that the resource doesn't exist. A 404 without <c>msg</c> comes from a proxy or a broken
    /// API.</summary>
    public bool IsNotFound => Status == 404 && Json is { } json && json.Text("msg") is not null;

    /// <summary>True for a permanent refusal: nothing was done, and a retry gets the same answer.</summary>
    public bool IsRefusal => Status is 400 or 402 or 403 or 404 or 409 or 422 or 423;

    /// <summary>Describes the answer in messages, or the reason why there is none.</summary>
    public override string ToString() =>
        Status == 0 ? Message : Message.Length > 0 ? $"status {Status}: {Message}" : $"status {Status}";

    public static async Task<VirtFusionAnswer> ReadAsync(HttpResponseMessage response, TimeProvider time)
    {
        // The innermost handler has buffered it, so this neither waits nor fails.
        var json = OutgoingAnswer.ParseObject(await response.Content.ReadAsByteArrayAsync(CancellationToken.None));
        return new()
        {
            Status = (int)response.StatusCode,
            Json = json,
            RetryAfter = OutgoingAnswer.RetryAfterOf(response, time),
            Message = json is { } root
                ? OneLine.Of(root.Text("msg") ?? root.Text("message") ?? string.Join("; ", root.Texts("errors"))) : "",
        };
    }

    public static VirtFusionAnswer None(Exception exception) => new() { Message = OutgoingAnswer.ReasonOf(exception) };
}
