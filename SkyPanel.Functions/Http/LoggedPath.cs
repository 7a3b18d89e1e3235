namespace SkyPanel.Functions.Http;

/// <summary>Writes a request's path for the log, without the token of a customer's link.</summary>
public static class LoggedPath
{
    private const string Links = "/pay", Files = "/pay/files";

    public static string Of(HttpRequest request) =>
        request.Path.StartsWithSegments(Links, StringComparison.OrdinalIgnoreCase)
            && !request.Path.StartsWithSegments(Files, StringComparison.OrdinalIgnoreCase)
            ? $"{Links}/…" : $"{request.Path}";
}
