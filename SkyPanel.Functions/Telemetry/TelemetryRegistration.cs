using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Resources;

namespace SkyPanel.Functions.Telemetry;

/// <summary>Registers traces, metrics and logs by OpenTelemetry's conventions: those of the platform, of Npgsql and of our
/// runs.</summary>
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
            // Distinguishes processes on one machine.
            .ConfigureResource(resource => resource.AddService("skypanel-functions",
                serviceInstanceId: $"{Environment.MachineName}:{Environment.ProcessId}"));
        var endpoint = builder.Configuration[EndpointSetting];
        if (!string.IsNullOrEmpty(endpoint) || ApplicationInsights.ConnectionString(builder.Configuration) is not null)
        {
            telemetry.WithMetrics(metrics => metrics.AddMeter(Meters)).WithTracing(tracing => tracing.AddSource(Sources))
                .WithLogging(null, logging => (logging.IncludeScopes, logging.IncludeFormattedMessage) = (true, true));
            // Lines about requests, and the scope of a request, have the path of a customer's page: its token opens it. Without a level
            // this category begins no scope.
            builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
                .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        }
        if (string.IsNullOrEmpty(endpoint))
            return builder;

        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || !address.MayGetSecrets())
            throw new StartException($"{EndpointSetting} '{OutgoingAddress.Masked(endpoint)}' must begin with https://; http is for " +
                $"loopback only.");
        telemetry.UseOtlpExporter();
        return builder;
    }
}
