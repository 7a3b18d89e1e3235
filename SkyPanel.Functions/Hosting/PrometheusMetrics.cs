using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Hosting;

/// <summary>Serves <c>/metrics</c> to Prometheus, with a viewer's key. A request from this machine needs one too: a reverse proxy on it
/// sends other people's requests.</summary>
public sealed class PrometheusMetrics(Gate gate) : IStartupFilter
{
    private const string Path = "/metrics";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.MapWhen(context => context.Request.Path == Path && HttpMethods.IsGet(context.Request.Method), scrape =>
            scrape.Use(EnterAsync).UseOpenTelemetryPrometheusScrapingEndpoint(_ => true));
        next(app);
    };

    private async Task EnterAsync(HttpContext context, RequestDelegate scrape)
    {
        var answer = await gate.EnterAsync(context.Request, Role.Viewer, async (_, _) =>
        {
            await scrape(context);
            return Results.Empty;
        });
        await answer.ExecuteAsync(context);
    }
}
