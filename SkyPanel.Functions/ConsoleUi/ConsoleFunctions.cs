using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.ConsoleUi;

/// <summary>Serves the console's page and its files. They contain no data: the page calls the API with its user's
/// key.</summary>
public sealed class ConsoleFunctions(Gate gate, ConsoleFiles files)
{
    // The root needs a route, since the Functions host replaces an empty one by the function's name.

    /// <summary>Serves the page. Open to everybody.</summary>
    [Function("Console")]
    public Task<IResult> GetPageAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "{ignored:maxlength(0)?}")] HttpRequest request) =>
        gate.OpenAsync(request, _ => Task.FromResult(Answer(request, files.Files.Index, "no-cache")));

    /// <summary>Serves a file of this version of the console. Open to everybody.</summary>
    [Function("ConsoleFile")]
    public Task<IResult> GetFileAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/{version}/{*path}")] HttpRequest request,
        string version, string path) =>
        gate.OpenAsync(request, _ => Task.FromResult(version == files.Files.Version && files.Files.Find(path) is { } file
            ? Answer(request, file, StaticFiles.Immutable)
            : Problem.NotFound("No file of this version of the console has this name.")));

    private IResult Answer(HttpRequest request, StaticFile file, string caching) =>
        StaticFiles.Answer(request, file, caching, files.AuthorityOrigin);
}
