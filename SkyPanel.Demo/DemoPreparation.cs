using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Demo;

/// <summary>Prepares an app without configuration: adds a database, an admin key, and a demo panel where there is
/// none.</summary>
public static class DemoPreparation
{
    private const string DatabaseSetting = "ConnectionStrings:SkyPanel";
    private const string UrlSetting = "VirtFusion:BaseUrl";
    private const string RateSetting = "VirtFusion:RequestsPerSecond";
    private const string TokenSetting = "VirtFusion:ApiToken";
    private const string CreateTablesSetting = "Panel:CreateTables";
    private const string FolderSetting = "Demo:Folder";
    private const string KeySetting = "Admin:BootstrapKey";
    public const string AdminKeyFile = "admin-key";

    private const string PanelUrlSql = "select count(*) from public.settings where key = 'virtfusion_api_url' and value <> ''";

    /// <summary>Adds missing settings to the configuration and keeps the existing ones.</summary>
    public static async Task PrepareAsync(IHostApplicationBuilder app, CancellationToken ct)
    {
        var configuration = app.Configuration;
        DemoHistory.ParseLength(configuration[DemoHistory.Setting]); // Before anything is started or written.
        var folder = configuration[FolderSetting] is { Length: > 0 } given
            ? Path.GetFullPath(given) : Path.Combine(RepositoryRoot.Find() ?? Directory.GetCurrentDirectory(), ".local");
        if (string.IsNullOrEmpty(configuration[KeySetting]))
            configuration[KeySetting] = AdminKey(folder);

        if (!string.IsNullOrEmpty(configuration[DatabaseSetting]))
            return;

        Directory.CreateDirectory(folder);
        Console.WriteLine($"Starting PostgreSQL in {folder}; the first time it takes half a minute");
        var postgres = await EmbeddedPostgres.StartAsync(Path.Combine(folder, "postgres"), ct, Console.WriteLine);
        // Also stops the server after a failed start. After an orderly stop it has no effect.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => postgres.DisposeAsync().AsTask().GetAwaiter().GetResult();
        await postgres.CreateDatabaseAsync("skypanel", ct);
        configuration[DatabaseSetting] = postgres.ConnectionString("skypanel");
        configuration[CreateTablesSetting] ??= "true"; // Our own database has no panel's tables.
        configuration["Webhooks:AllowPrivateAddresses"] ??= "true"; // Receivers of a trial run on this machine.
        Console.WriteLine($"PostgreSQL {postgres.Major} on port {postgres.Port}, data in {folder}");
        app.Services.AddHostedService(_ => new DemoServers(postgres));

        if (!string.IsNullOrEmpty(configuration[UrlSetting]) || await HasPanelAsync(configuration[DatabaseSetting]!, ct))
            return;

        var simulator = await DemoSimulator.StartAsync(Path.Combine(folder, "virtfusion.json"), ct);
        configuration[UrlSetting] = simulator.BaseUrl;
        configuration[TokenSetting] = simulator.ApiToken;
        configuration[RateSetting] ??= "1000"; // Nobody shares the simulator, and a history is billed in seconds.
        Console.WriteLine($"A simulated VirtFusion on {simulator.BaseUrl}");
        await DemoPayPal.AddAsync(app, DemoAddress.Reachable(configuration["ASPNETCORE_URLS"]?.Split(';')[0] ?? "http://localhost:7071"),
            ct);
        await DemoMail.AddAsync(app, ct);
        app.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<DemoStart>(services, simulator, folder));
    }

    private static async Task<bool> HasPanelAsync(string connectionString, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(PanelUrlSql, connection);
        try
        {
            return (long)(await command.ExecuteScalarAsync(ct))! > 0;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable) // A new database.
        {
            return false;
        }
    }

    // Keeps the key over a restart, readable by its owner only.
    private static string AdminKey(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, AdminKeyFile);
        if (!File.Exists(path))
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var file = new FileStream(path, options);
            file.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))));
        }
        var key = File.ReadAllText(path).Trim();
        Console.WriteLine($"Admin key (x-api-key): {key}");
        return key;
    }
}
