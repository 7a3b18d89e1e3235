using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using static Microsoft.Azure.Functions.Worker.AuthorizationLevel;

namespace SkyPanel.Functions.Tests.LocalHost;

/// <summary>Functions of every form that is served.</summary>
public sealed class HttpFunctions
{
    private int count;

    [Function("GetItem")]
    public static IResult GetItem([HttpTrigger(Anonymous, "get", Route = "items/{id:long}")] HttpRequest request, string id) =>
        TypedResults.Text($"item {id}");

    [Function("GetName")]
    public static Task<IResult> GetNameAsync([HttpTrigger(Anonymous, "GET", Route = "names/{name}")] HttpRequest request, string name) =>
        Task.FromResult<IResult>(TypedResults.Text(name));

    [Function("GetPage")]
    public static IResult GetPage([HttpTrigger(Anonymous, "get", Route = "pages/{*path}")] HttpRequest request, string path) =>
        TypedResults.Text(path);

    [Function("Anything")]
    public static IResult Anything([HttpTrigger(Anonymous)] HttpRequest request) => TypedResults.Text(request.Method);

    [Function("Echo")]
    public static async Task<IResult> EchoAsync(
        [HttpTrigger(Anonymous, "post", Route = "echo")] HttpRequest request, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(request.Body);
        return TypedResults.Text(await reader.ReadToEndAsync(cancellationToken));
    }

    [Function("Count")]
    public IResult Count([HttpTrigger(Anonymous, "get", Route = "count")] HttpRequest request) =>
        TypedResults.Text($"{++count}");

    [Function("Fails")]
    public static Task<IResult> FailsAsync([HttpTrigger(Anonymous, "get", Route = "fails")] HttpRequest request) =>
        throw new InvalidOperationException("on purpose");
}

public sealed class GatedHttpFunction(Gate gate)
{
    [Function("Gated")]
    public async Task<IResult> RunAsync(
        [HttpTrigger(Anonymous, "get", Route = "gated")] HttpRequest request, CancellationToken cancellationToken)
    {
        await gate.PassAsync(cancellationToken);
        return TypedResults.Text("through");
    }
}
