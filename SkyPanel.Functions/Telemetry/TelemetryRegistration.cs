using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Resources;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Outgoing;

namespace SkyPanel.Functions.Telemetry;

/// <summary>Traces, metrics and logs by OpenTelemetry's conventions. The platform and Npgsql name their own spans and meters; ours are the
/// runs'.</summary>
public static class TelemetryRegistration
{
    // Read by OpenTelemetry itself as well: the standard names.
    private const string EndpointSetting = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static readonly string[] Sources = [RunTelemetry.Name, "Npgsql", "System.Net.Http", "Microsoft.AspNetCore"];

    private static readonly string[] Meters =
        [RunTelemetry.Name, "Npgsql", "System.Net.Http", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel",
            "System.Runtime"];

    /// <exception cref="StartException">The endpoint is no https address, nor http on this machine.</exception>
    public static IHostApplicationBuilder AddTelemetry(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RunTelemetry>();
        var telemetry = builder.Services.AddOpenTelemetry()
            // Of two processes on one machine, each counts for itself.
            .ConfigureResource(resource => resource.AddService("skypanel-functions",
                serviceInstanceId: $"{Environment.MachineName}:{Environment.ProcessId}"))
            .WithMetrics(metrics => metrics.AddMeter(Meters));
        var endpoint = builder.Configuration[EndpointSetting];
        // Metrics may be scraped; spans and log lines that nobody gets would be made for nothing.
        if (!string.IsNullOrEmpty(endpoint) || ApplicationInsights.ConnectionString(builder.Configuration) is not null)
            telemetry.WithTracing(tracing => tracing.AddSource(Sources))
                .WithLogging(null, logging => (logging.IncludeScopes, logging.IncludeFormattedMessage) = (true, true));
        if (string.IsNullOrEmpty(endpoint))
            return builder;

        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || !address.MayGetSecrets())
            throw new StartException($"{EndpointSetting} '{OutgoingAddress.Masked(endpoint)}' must begin with https://; http is for " +
                $"loopback only.");
        telemetry.UseOtlpExporter();
        return builder;
    }
}
