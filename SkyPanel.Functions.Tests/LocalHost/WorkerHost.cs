using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SkyPanel.LocalHost;

namespace SkyPanel.Functions.Tests.LocalHost;

/// <summary>The local worker with a test's own functions, on a port that the system picks.</summary>
internal sealed class WorkerHost : IAsyncDisposable
{
    private static readonly KeyValuePair<string, string?> AnyPort = new("ASPNETCORE_URLS", "http://127.0.0.1:0");

    private readonly WebApplication host;

    private WorkerHost(WebApplication host, WorkerLog log)
    {
        (this.host, Log) = (host, log);
        Client = new() { BaseAddress = new(host.Urls.Single()) };
    }

    public HttpClient Client { get; }

    public WorkerLog Log { get; }

    public LocalTimers Timers => host.Services.GetRequiredService<LocalTimers>();

    /// <summary>What a signal to the process sets off, up to the point where everybody has been told.</summary>
    public Task StopAsync()
    {
        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        return host.StopAsync(TestContext.Current.CancellationToken);
    }

    public static async Task<WorkerHost> StartAsync(
        Type functions,
        object? seenByFunctions = null,
        TimeProvider? time = null,
        string hostJson = "{}",
        params (string Name, string Value)[] settings)
    {
        var log = new WorkerLog();
        var builder = Builder(functions, hostJson, settings);
        builder.Logging.AddProvider(log);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        if (seenByFunctions is not null)
            builder.Services.AddSingleton(seenByFunctions.GetType(), seenByFunctions);

        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new((WebApplication)host, log);
    }

    public static LocalApplicationBuilder Builder(
        Type functions, string hostJson = "{}", params (string Name, string Value)[] settings) =>
        LocalApplication.CreateIsolatedBuilder(
            [functions],
            settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)).Append(AnyPort),
            hostJson);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await host.DisposeAsync();
    }
}
