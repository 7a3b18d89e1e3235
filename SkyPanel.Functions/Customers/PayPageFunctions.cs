using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Customers;

/// <summary>Serves the customer's own page and its files. They contain no data and are the same for every link: the page calls the API with
/// its link.</summary>
public sealed class PayPageFunctions(Gate gate)
{
    // For pages that don't know the version, such as the return from PayPal.
    private const string AnyVersion = "current";

    private static readonly StaticFiles Files = CreateFiles();

    /// <summary>Serves the page. Open to everybody: the API checks the link.</summary>
    [Function("PayPage")]
    public Task<IResult> GetPageAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "pay/{link}")] HttpRequest request,
        string link) =>
        gate.OpenAsync(request, _ =>
        {
            Activity.Current?.SetTag("url.path", LoggedPath.Of(request));
            return Task.FromResult(Answer(request, Files.Index, "no-store"));
        });

    /// <summary>Serves a file of this version of the page. Open to everybody.</summary>
    [Function("PayFile")]
    public Task<IResult> GetFileAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "pay/files/{version}/{*path}")] HttpRequest request,
        string version, string path) =>
        gate.OpenAsync(request, _ => Task.FromResult((version == AnyVersion || version == Files.Version) && Files.Find(path) is { } file
            ? Answer(request, file, version == AnyVersion ? "no-cache" : StaticFiles.Immutable)
            : Problem.NotFound("No file of this version of the page has this name.")));

    private static StaticFiles CreateFiles()
    {
        StaticFiles? files = null;
        return files = new("pay/", index => index.Replace("{base}", $"/pay/files/{files!.Version}", StringComparison.Ordinal));
    }

    private static IResult Answer(HttpRequest request, StaticFile file, string caching)
    {
        request.HttpContext.Response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        return StaticFiles.Answer(request, file, caching);
    }
}
