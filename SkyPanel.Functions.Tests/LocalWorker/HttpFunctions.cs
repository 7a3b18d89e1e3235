using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.Functions.Tests.LocalWorker;

/// <summary>Functions of every form that is served.</summary>
public sealed class HttpFunctions
{
    private int count;

    [Function("GetItem")]
    public static IResult GetItem([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/{id:long}")] HttpRequest request, long id) =>
        TypedResults.Text($"item {id}");

    [Function("GetName")]
    public static Task<IResult> GetNameAsync([HttpTrigger(AuthorizationLevel.Anonymous, "GET", Route = "names/{name}")] HttpRequest request, string name) =>
        Task.FromResult<IResult>(TypedResults.Text(name));

    [Function("GetPage")]
    public static IResult GetPage([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "pages/{*path}")] HttpRequest request, string path) =>
        TypedResults.Text(path);

    [Function("Anything")]
    public static IResult Anything([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request) => TypedResults.Text(request.Method);

    [Function("Echo")]
    public static async Task<IResult> EchoAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "echo")] HttpRequest request, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(request.Body);
        return TypedResults.Text(await reader.ReadToEndAsync(cancellationToken));
    }

    [Function("Count")]
    public IResult Count([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "count")] HttpRequest request) =>
        TypedResults.Text($"{++count}");

    [Function("Fails")]
    public static Task<IResult> FailsAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "fails")] HttpRequest request) =>
        throw new InvalidOperationException("on purpose");
}

public sealed class GatedHttpFunction(Gate gate)
{
    [Function("Gated")]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "gated")] HttpRequest request, CancellationToken cancellationToken)
    {
        await gate.PassAsync(cancellationToken);
        return TypedResults.Text("through");
    }
}
