using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SkyPanel.Functions.Tests.FunctionsHost.Protocol;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.FunctionsHost;

/// <summary>A Functions host for tests: runs the compiled app as its worker by the official worker protocol, and serves its functions over
/// HTTP.</summary>
internal sealed class FunctionsHost : IAsyncDisposable
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(2);

    private readonly WorkerChannel _channel;
    private readonly WebApplication _server;
    private readonly AppProcess _worker;
    private HostFront _front = null!;

    private FunctionsHost(WebApplication server, AppProcess worker, WorkerChannel channel) =>
        (_server, _worker, _channel) = (server, worker, channel);

    /// <summary>A client that sends the admin key with each request.</summary>
    public HttpClient Http { get; private set; } = null!;

    /// <summary>The worker's output.</summary>
    public string Output => $"{_worker.Output}\n{string.Join('\n', _worker.Errors)}";

    public IReadOnlyList<HostedFunction> Functions { get; private set; } = [];

    public static async Task<FunctionsHost> StartAsync(IEnumerable<(string Name, string Value)> settings)
    {
        var channel = new WorkerChannel();
        var server = Server(channel);
        FunctionsHost? host = null;
        server.MapGrpcService<WorkerChannel>();
        server.MapFallback("{**path}", context => host!._front.ServeAsync(context));
        await server.StartAsync(TestContext.Current.CancellationToken);
        var grpc = server.Urls.First();

        // The real host passes the same arguments, and the app's folder in the environment.
        var worker = AppProcess.Launch(
            LocalSettings().Concat(settings).Append(("FUNCTIONS_APPLICATION_DIRECTORY", AppContext.BaseDirectory)),
            ["--functions-uri", grpc, "--functions-worker-id", "worker", "--functions-request-id", "request",
                "--functions-grpc-max-message-length", "2147483647"]);
        host = new(server, worker, channel);
        try
        {
            await host.LoadAsync().WaitAsync(Within, TestContext.Current.CancellationToken);
            return host;
        }
        catch (Exception e)
        {
            await host.DisposeAsync();
            throw new InvalidOperationException($"The worker did not get ready: {e.Message}\n{host.Output}", e);
        }
    }

    /// <summary>Invokes a timer function.</summary>
    /// <returns>The result that the worker reports.</returns>
    public async Task<StatusResult> FireAsync(string function, string invocationId, CancellationToken ct, bool isPastDue = false)
    {
        var timer = Functions.Single(f => f.Metadata.Name == function);
        var status = new { IsPastDue = isPastDue, ScheduleStatus = new { Last = DateTime.UnixEpoch, Next = DateTime.UnixEpoch.AddHours(1),
            LastUpdated = DateTime.UnixEpoch } };
        var answer = await _channel.AskAsync(new()
        {
            InvocationRequest = new()
            {
                InvocationId = invocationId,
                TraceContext = new(),
                FunctionId = timer.Metadata.FunctionId,
                InputData = { new ParameterBinding { Name = timer.Parameter, Data = new() { Json = JsonSerializer.Serialize(status) } } },
            },
        }, ct);
        return answer.InvocationResponse.Result;
    }

    /// <summary>Asks the worker to cancel an invocation's token.</summary>
    public void Cancel(string invocationId) => _channel.Tell(new() { InvocationCancel = new() { InvocationId = invocationId } });

    /// <summary>Terminates the worker.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        _channel.Tell(new() { WorkerTerminate = new() { GracePeriod = new() { Seconds = 10 } } });
        return await _worker.ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        _front?.Dispose();
        await _worker.DisposeAsync();
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
    }

    // The real host passes these variables to its worker.
    private static IEnumerable<(string Name, string Value)> LocalSettings() =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "local.settings.json")))!["Values"]!.AsObject()
            .Select(value => (value.Key, value.Value!.GetValue<string>()));

    private static WebApplication Server(WorkerChannel channel)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRouting().AddSingleton(channel).AddGrpc();
        return builder.Build();
    }

    private async Task LoadAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        if (await Task.WhenAny(_channel.Started, _worker.ExitAsync()) != _channel.Started)
            throw new InvalidOperationException("It ended.");
        var folder = AppContext.BaseDirectory;
        var init = await _channel.AskAsync(new()
        {
            WorkerInitRequest = new() { HostVersion = "4.0.0", WorkerDirectory = folder, FunctionAppDirectory = folder,
                Capabilities = { ["RpcHttpBodyOnly"] = "True" } },
        }, ct);
        Assert.Equal(StatusResult.Types.Status.Success, init.WorkerInitResponse.Result.Status);
        var metadata = await _channel.AskAsync(new() { FunctionsMetadataRequest = new() { FunctionAppDirectory = folder } }, ct);
        Functions = [.. metadata.FunctionMetadataResponse.FunctionMetadataResults.Select(function => new HostedFunction(function))];
        foreach (var function in Functions)
        {
            var loaded = await _channel.AskAsync(
                new() { FunctionLoadRequest = new() { FunctionId = function.Metadata.FunctionId, Metadata = function.Metadata } }, ct);
            Assert.True(loaded.FunctionLoadResponse.Result.Status == StatusResult.Types.Status.Success,
                loaded.FunctionLoadResponse.Result.Exception?.Message);
        }

        _front = new(_channel, new(init.WorkerInitResponse.Capabilities["HttpUri"]), Functions);
        Http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new(_server.Urls.Last()), Timeout = Within };
        Http.DefaultRequestHeaders.Add("x-api-key", AppProcess.AdminKey);
    }
}
