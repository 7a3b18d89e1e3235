using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions;

/// <summary>Checks everything that a run relies on before anything runs. What is wrong is said in one line, and ends the process.</summary>
public static class Startup
{
    private const string Marker = "with the error: '";

    /// <returns>The exit code: 0 after an orderly stop, 1 when the start was refused.</returns>
    public static async Task<int> RunAsync(Func<IHost> build)
    {
        try
        {
            using var host = build();
            host.Services.GetRequiredService<IStartupValidator>().Validate();
            var configuration = host.Services.GetRequiredService<IConfiguration>();
            await MigrateAsync(DatabaseRegistration.Prepare(configuration.GetConnectionString(DatabaseRegistration.ConnectionStringName)));
            await host.Services.GetRequiredService<PanelConnection>().RefreshAsync(CancellationToken.None);
            if (!host.Services.GetRequiredService<VirtFusionConnection>().IsConfigured)
                throw new StartException("VirtFusion:BaseUrl and VirtFusion:ApiToken are missing, and the panel's settings have no virtfusion_api_url and virtfusion_api_token.");
            await host.RunAsync();
            return 0;
        }
        catch (Exception e) when (Describe(e) is { } line) // Anything else is a defect, and its stack trace is wanted.
        {
            // The Functions host takes a line for an error, and says it with the exit code, when it finds "fail" or "error" in it.
            await Console.Error.WriteLineAsync($"SkyPanel.Functions failed to start: {line}");
            return 1;
        }
    }

    private static async Task MigrateAsync(string connectionString)
    {
        // DbUp is synchronous; a host that never answers must not keep the start waiting.
        var migrating = Task.Run(() => Migrator.Migrate(connectionString));
        try
        {
            await migrating;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            var address = new NpgsqlConnectionStringBuilder(connectionString);
            throw new StartException($"ConnectionStrings:SkyPanel: the database {address.Database} on {address.Host}:{address.Port} can't be used: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static string? Describe(Exception e) => e switch
    {
        StartException or MigrationException => e.Message.ReplaceLineEndings(" "),
        OptionsValidationException invalid => string.Join(" ", invalid.Failures.Select(Plain)),
        AggregateException { InnerExceptions: [var first, ..] } => Describe(first),
        InvalidOperationException { Message: var message } when message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal) => message,
        IOException { Message: var message } when message.Contains("address already in use", StringComparison.OrdinalIgnoreCase) => $"ASPNETCORE_URLS: {message}",
        _ => null,
    };

    // The framework wraps each message of a section in the names of our classes, which say nothing to an admin.
    private static string Plain(string failure)
    {
        var start = failure.IndexOf(Marker, StringComparison.Ordinal);
        return start < 0 ? failure : failure[(start + Marker.Length)..].TrimEnd('.', '\'') + ".";
    }
}
