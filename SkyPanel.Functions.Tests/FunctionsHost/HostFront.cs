using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using SkyPanel.Functions.Tests.FunctionsHost.Protocol;

namespace SkyPanel.Functions.Tests.FunctionsHost;

/// <summary>Serves HTTP like a Functions host: finds the function, sends the invocation to the worker over the stream, and forwards the
/// request to the worker's HTTP address.</summary>
internal sealed class HostFront(WorkerChannel channel, Uri worker, IReadOnlyList<HostedFunction> functions) : IDisposable
{
    private const string InvocationHeader = "x-ms-invocation-id";
    private static readonly TimeSpan ListensWithin = TimeSpan.FromMinutes(2), AskEvery = TimeSpan.FromMilliseconds(20);
    private static readonly string[] OfTheConnection = ["Connection", "Host", "Keep-Alive", "Transfer-Encoding", "Upgrade"];

    // Routes are matched in the order of the functions' names.
    private readonly HostedFunction[] _functions = [.. functions.Where(function => function.IsHttp)
        .OrderBy(function => function.Metadata.Name, StringComparer.OrdinalIgnoreCase)];
    private readonly HttpMessageInvoker _http =
        new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false });

    public async Task ServeAsync(HttpContext context)
    {
        foreach (var function in _functions)
        {
            if (function.Match(context) is not { } values)
                continue;
            await ForwardAsync(context, function, values);
            return;
        }
        context.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    public void Dispose() => _http.Dispose();

    private async Task ForwardAsync(HttpContext context, HostedFunction function, RouteValueDictionary values)
    {
        var ct = context.RequestAborted;
        var invocation = new InvocationRequest
        {
            InvocationId = Guid.NewGuid().ToString(),
            FunctionId = function.Metadata.FunctionId,
            TraceContext = new(),
            InputData = { new ParameterBinding { Name = function.Parameter,
                Data = new() { Http = new() { Method = context.Request.Method, Url = context.Request.Path } } } },
        };
        foreach (var (name, value) in values)
            invocation.TriggerMetadata[name] = new() { Text = value?.ToString() ?? "" };
        using var request = Forwarded(context.Request, invocation.InvocationId);
        var invoked = channel.AskAsync(new() { InvocationRequest = invocation }, ct);
        using var response = await SendAsync(request, ct);

        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, value) in response.Headers.Concat(response.Content.Headers)
            .Where(header => !OfTheConnection.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
            context.Response.Headers[name] = value.ToArray();
        await response.Content.CopyToAsync(context.Response.Body, ct);
        await invoked;
    }

    // A worker reports its address before it listens there, so the request is retried, as in the real host.
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await _http.SendAsync(request, ct);
            }
            catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError
                && TimeProvider.System.GetElapsedTime(since) < ListensWithin)
            {
                await Task.Delay(AskEvery, TimeProvider.System, ct);
            }
        }
    }

    private HttpRequestMessage Forwarded(HttpRequest request, string invocationId)
    {
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var forwarded = new HttpRequestMessage(new(request.Method), new Uri($"{worker.GetLeftPart(UriPartial.Authority)}{target}",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        {
            Version = HttpVersion.Version11,
            Content = request.ContentLength is > 0 || request.Headers.TransferEncoding.Count > 0 ? new StreamContent(request.Body) : null,
        };
        foreach (var (name, value) in request.Headers.Where(header =>
            !OfTheConnection.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (!forwarded.Headers.TryAddWithoutValidation(name, value.ToArray()))
                forwarded.Content?.Headers.TryAddWithoutValidation(name, value.ToArray());
        }
        forwarded.Headers.Add(InvocationHeader, invocationId);
        return forwarded;
    }
}
