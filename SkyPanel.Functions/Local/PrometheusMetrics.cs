using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Local;

/// <summary><c>/metrics</c> for Prometheus, through the door as everything else: with a viewer's key. That somebody asks from this machine says nothing: a reverse
/// proxy does too, and needn't say for whom.</summary>
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
