using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace SkyPanel.Functions.Telemetry;

/// <summary>Sends telemetry to Application Insights.</summary>
public static class ApplicationInsights
{
    /// <returns>False when no connection string is set.</returns>
    public static bool AddApplicationInsights(this IHostApplicationBuilder builder)
    {
        if (ConnectionString(builder.Configuration) is not { } connectionString)
            return false;
        // Authenticated by its identity: infra/ switches keys off.
        var identity = builder.Configuration["AZURE_CLIENT_ID"] is { Length: > 0 } clientId
            ? ManagedIdentityId.FromUserAssignedClientId(clientId) : ManagedIdentityId.SystemAssigned;
        builder.Services.AddOpenTelemetry().UseAzureMonitorExporter(exporter =>
            (exporter.ConnectionString, exporter.Credential) = (connectionString, new ManagedIdentityCredential(identity)));
        return true;
    }

    /// <returns>Null when none is set.</returns>
    internal static string? ConnectionString(IConfiguration configuration) =>
        configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"] is { Length: > 0 } connectionString ? connectionString : null;
}
