using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using SkyPanel.Functions.Backup;
using SkyPanel.Functions.Hosting;
using SkyPanel.Functions.Panel;
using SkyPanel.Functions.Settings;
using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions;

/// <summary>Checks all requirements before the first run. A problem ends the process with one line.</summary>
public static partial class Startup
{
    private const string UrlsSetting = "ASPNETCORE_URLS";

    private static readonly Dictionary<string, string> Allowed = new()
    {
        ["System.Int32"] = "a whole number",
        ["System.Decimal"] = "a number such as 12.50",
        ["System.Boolean"] = "true or false",
    };

    /// <returns>The exit code: 0 after an orderly stop, 1 when the start was refused, 2 for an unknown word on the command line; of a
    /// command, its own.</returns>
    public static async Task<int> RunAsync(string[] args, Func<CancellationToken, Task<IHost>> buildAsync)
    {
        if (args is [RestoreCommand.Name, .. var rest])
            return await RestoreCommand.RunAsync(rest);
        if (!StartedBy.FunctionsHost(args) && CommandLine.Read(args) is var (exitCode, text))
        {
            await (exitCode == 0 ? Console.Out : Console.Error).WriteLineAsync(text);
            return exitCode;
        }
        using var signals = new StopSignals();
        try
        {
            using var host = await buildAsync(signals.Stopping);
            // All checks come before the first write, so that a wrong database stays unchanged.
            await CheckAsync(host.Services, signals.Stopping);
            await MigrateAsync(host.Services, await StateOf(host.Services));
            await RunAsync(host, signals.Stopping);
            return 0;
        }
        catch (OperationCanceledException) when (signals.Stopping.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception e) when (Refusal(e) is { } line) // Anything else is a defect, and its stack trace is wanted.
        {
            // The Functions host shows a line as an error, with the exit code, if it contains "fail" or "error".
            await Console.Error.WriteLineAsync($"SkyPanel.Functions failed to start: {line}");
            return 1;
        }
    }

    /// <summary>Starts the check of the database, in parallel to building the services. <see cref="CheckAsync"/> uses the result.</summary>
    public static IHostApplicationBuilder BeginDatabaseCheck(this IHostApplicationBuilder builder)
    {
        var connectionString = ConnectionStringOf(builder.Configuration);
        var database = NpgsqlDataSource.Create(connectionString);
        var state = Task.Run(async () =>
        {
            var applied = await DatabaseCheck.CheckAsync(database, connectionString, CancellationToken.None);
            return new DatabaseState(applied, await PanelShape.CompareAsync(database, CancellationToken.None));
        });
        builder.Services.AddSingleton(_ => database).AddSingleton(state);
        return builder;
    }

    /// <summary>Checks the settings, the database, the panel's tables and VirtFusion's address. Writes nothing.</summary>
    public static async Task CheckAsync(IServiceProvider services, CancellationToken ct)
    {
        services.GetRequiredService<IStartupValidator>().Validate();
        if (KnownSettings.FindUnknown(services.GetRequiredService<IConfiguration>(), services.GetServices<KnownSettings>())
            .ToList() is { Count: > 0 } unknown)
            throw new StartException(string.Join(" ", unknown));
        // Created now, while the database answers; the host would create it later.
        _ = services.GetService<MeterProvider>();
        var state = await StateOf(services).WaitAsync(ct);
        CheckPanel(services, state.Shape);
        await FindVirtFusionAsync(services, state.Applied is not null);
    }

    /// <returns>Why the start is refused, in one line for an admin; null for a defect, whose stack trace is wanted.</returns>
    public static string? Refusal(Exception e) => e switch
    {
        StartException or MigrationException => e.Message.ReplaceLineEndings(" "),
        OptionsValidationException invalid => string.Join(" ", invalid.Failures).ReplaceLineEndings(" "),
        AggregateException { InnerExceptions: [var first, ..] } => Refusal(first),
        InvalidOperationException { Message: var message } when Unread().Match(message) is { Success: true } parts =>
            $"{parts.Groups["name"]} '{parts.Groups["value"]}' must be " +
                $"{Allowed.GetValueOrDefault(parts.Groups["type"].Value, parts.Groups["type"].Value)}.",
        _ => null,
    };

    private static Task<DatabaseState> StateOf(IServiceProvider services) => services.GetRequiredService<Task<DatabaseState>>();

    private static string ConnectionStringOf(IServiceProvider services) =>
        ConnectionStringOf(services.GetRequiredService<IConfiguration>());

    private static string ConnectionStringOf(IConfiguration configuration) =>
        configuration.GetConnectionString(DatabaseRegistration.ConnectionStringName)!;

    private static PanelOptions PanelOf(IServiceProvider services) => services.GetRequiredService<IOptions<PanelOptions>>().Value;

    private static void CheckPanel(IServiceProvider services, PanelShapeReport shape)
    {
        var address = new NpgsqlConnectionStringBuilder(ConnectionStringOf(services));
        var database = $"ConnectionStrings:SkyPanel: the database {address.Database} on {address.Host}:{address.Port}";
        if (shape.Missing.Count > 0 && !PanelOf(services).CreateTables)
            throw new StartException($"{database} has no panel in it " +
                $"({string.Join(" and ", shape.Missing.Select(table => $"public.{table}"))} missing): name the panel's database, or set " +
                $"Panel:CreateTables=true to create its tables here.");
        if (shape.Wrong.Count > 0)
            throw new StartException($"{database} has another panel's tables: {string.Join("; ", shape.Wrong)}.");
        foreach (var problem in shape.Foreign)
            LoggerOf(services).LogWarning("A table is passed over as it isn't the panel's: {Problem}", problem);
    }

    private static ILogger LoggerOf(IServiceProvider services) =>
        services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Startup).FullName!);

    // An unreadable stored setting doesn't stop the start: it can be set again over HTTP.
    private static async Task FindVirtFusionAsync(IServiceProvider services, bool isMigrated)
    {
        var (_, unreadable) = isMigrated ? await services.GetRequiredService<SecretStore>().CheckAsync(CancellationToken.None) : (0, []);
        foreach (var name in unreadable)
            LoggerOf(services).LogError("{Problem} Until then what needs it isn't done, unless configuration has it.",
                UnreadableSecretException.Describe(name));
        try
        {
            if (await services.GetRequiredService<PanelConnection>().RefreshAsync(CancellationToken.None, isMigrated) is { } missing)
                throw new StartException(missing);
        }
        catch (VirtFusionException) // Said above.
        {
        }
    }

    private static async Task MigrateAsync(IServiceProvider services, DatabaseState state)
    {
        var connectionString = ConnectionStringOf(services);
        try
        {
            if (Migrator.Scripts.Except(state.Applied ?? []).Any())
                await Migrator.MigrateAsync(connectionString, CancellationToken.None);
            if (PanelOf(services).CreateTables)
                await PanelSchema.CreateAsync(connectionString, CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            throw new StartException(ConnectionText.Describe(new(connectionString), e));
        }
    }

    private static async Task RunAsync(IHost host, CancellationToken stopping)
    {
        try
        {
            await host.StartAsync(stopping);
        }
        catch (Exception e)
        {
            // Stops the started services in order, without further errors.
            await host.StopAsync(CancellationToken.None);
            if (e is not (IOException or SocketException)) // The address is taken, or is none of this machine's.
                throw;
            var urls = host.Services.GetRequiredService<IConfiguration>()[UrlsSetting];
            throw new StartException($"{UrlsSetting} {(string.IsNullOrEmpty(urls) ? "is not set, and its default" : $"'{urls}'")} can't " +
                $"be served ({e.Message.TrimEnd('.')}): free addresses of this machine such as http://localhost:7071 are allowed.");
        }
        await host.WaitForShutdownAsync(stopping);
    }

    [GeneratedRegex("^Failed to convert configuration value '(?<value>.*)' at '(?<name>[^']*)' to type '(?<type>[^']*)'",
        RegexOptions.Singleline)]
    private static partial Regex Unread();

    /// <param name="Applied">The scripts that were run; null when the database was never migrated.</param>
    /// <param name="Shape">The shape of the panel's tables.</param>
    private sealed record DatabaseState(IReadOnlyCollection<string>? Applied, PanelShapeReport Shape);
}
