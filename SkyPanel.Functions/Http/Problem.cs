namespace SkyPanel.Functions.Http;

/// <summary>Errors as <c>application/problem+json</c>. The types are stable: programs may rely on them.</summary>
public static class Problem
{
    public static IResult BadInput(string field, string message) => Of(400, "bad-input", "A field is not as it must be.", message, field);
    public static IResult Unauthorized() => Of(401, "unauthorized", "A valid API key or token is needed.",
        "Send a key as x-api-key, a key or a token as Authorization: Bearer.");
    public static IResult InvalidKeyOrLink() => Of(401, "unauthorized", "A valid key or link is needed.",
        "Send a key as x-api-key, or a key, a token or a customer's link as Authorization: Bearer. An expired or revoked " +
        "link is not valid: ask for a new one.");
    public static IResult InvalidLink() => Of(401, "unauthorized", "A valid link is needed.",
        "This link has expired, was revoked or is not complete: ask for a new one.");
    public static IResult Forbidden(Role role) => Of(403, "forbidden", "Your role does not allow this.",
        $"The role {role.Name()} is needed.");
    public static IResult NotFound(string what) => Of(404, "not-found", "There is no such thing.", what);
    public static IResult NoRoute() => NotFound("No route has this path and method: /api/openapi.json says which there are.");
    public static IResult WrongMethod(IReadOnlyCollection<string> methods) =>
        Of(405, "method-not-allowed", "The route has no such method.",
            $"{string.Join(", ", methods)} {(methods.Count == 1 ? "is" : "are")} allowed.");
    public static IResult TooSlow() => Of(408, "request-timeout", "The request came too slowly.",
        $"A body must be there within {ApiJson.MaxUploadTime.TotalSeconds:0} seconds.");
    public static IResult Conflict(string what) => Of(409, "conflict", "That can't be done now.", what);
    public static IResult TooLarge() => Of(413, "content-too-large", "The body is too large.",
        $"It may have {ApiJson.LargestBody} bytes at most.");
    public static IResult TooMany() => Of(429, "too-many-requests", "Too many requests.", "Wait as long as Retry-After says.");
    public static IResult Failed() => Of(500, "internal-error", "It failed, through no fault of yours.", "The log has the details.");
    public static IResult Unavailable(string what = "The database can't be reached.") => Of(503, "unavailable", what, "Try again later.");

    /// <returns>Whether an answer is a refusal or a failure.</returns>
    public static bool Is(IResult answer) => answer is IStatusCodeHttpResult { StatusCode: >= 400 };

    private static IResult Of(int status, string type, string title, string detail, string? field = null) =>
        Results.Problem(detail, null, status, title, $"urn:skypanel:problem:{type}", field is null ? null
            : new Dictionary<string, object?> { ["field"] = field });
}
