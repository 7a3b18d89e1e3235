namespace SkyPanel.Functions.Payments;

/// <summary>The answer of one call, or the reason why there is none.</summary>
internal sealed record PayPalAnswer
{
    /// <summary>The HTTP status, or 0 when there was no answer.</summary>
    public int Status { get; private init; }

    /// <summary>The body, when it is a JSON object.</summary>
    public JsonElement? Json { get; private init; }

    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>The error in one line.</summary>
    public string Message { get; private init; } = "";

    public static async Task<PayPalAnswer> ReadAsync(HttpResponseMessage response, TimeProvider time, CancellationToken ct)
    {
        var json = OutgoingAnswer.ParseObject(await response.Content.ReadAsByteArrayAsync(ct));
        return new()
        {
            Status = (int)response.StatusCode,
            Json = json,
            RetryAfter = OutgoingAnswer.RetryAfterOf(response, time),
            Message = json is { } root ? OneLine.Of(ErrorText(root)) : "without JSON",
        };
    }

    public static PayPalAnswer None(Exception exception) => new() { Message = OutgoingAnswer.ReasonOf(exception) };

    /// <summary>Converts the answer to an outcome. Only an answer in which PayPal's API names an error is a refusal.</summary>
    public PayPalOutcome<T> As<T>(Func<JsonElement, T?> read) where T : class => this switch
    {
        { Status: >= 200 and < 300, Json: { } json } => read(json) is { } value ? new PayPalOutcome<T>.Done(value)
            : new PayPalOutcome<T>.InDoubt($"status {Status}, but the answer isn't as documented"),
        { Status: 400 or 403 or 404 or 422, Json: { } json } when json.Text("name") is { } name =>
            new PayPalOutcome<T>.Refused(Status, Issue(json) ?? name, Message),
        { Status: 401 } => new PayPalOutcome<T>.InDoubt("PayPal refuses the client id and secret, or the token"),
        _ => new PayPalOutcome<T>.InDoubt(Status == 0 ? Message : $"status {Status} {Message}".TrimEnd(), RetryAfter),
    };

    private static string? Issue(JsonElement root) => root.Items("details").Select(detail => detail.Text("issue"))
        .FirstOrDefault(issue => issue is not null);

    private static string ErrorText(JsonElement root) =>
        string.Join("; ", new[] { root.Text("name") ?? root.Text("error"), root.Text("message") ?? root.Text("error_description") }
        .Concat(root.Items("details").Select(detail => $"{detail.Text("issue")} {detail.Text("description")}".Trim()))
            .Where(text => text is { Length: > 0 }));
}
