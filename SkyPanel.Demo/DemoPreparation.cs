using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Demo;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Demo;

/// <summary>Gives an app that was started with nothing what it needs: a database, an admin key, and, without a panel, a demo of one.</summary>
public static class DemoPreparation
{
    private const string DatabaseSetting = "ConnectionStrings:SkyPanel";
    private const string UrlSetting = "VirtFusion:BaseUrl";
    private const string TokenSetting = "VirtFusion:ApiToken";
    private const string CreateTablesSetting = "Panel:CreateTables";
    private const string KeySetting = "Admin:BootstrapKey";
    private const string UrlsSetting = "ASPNETCORE_URLS";
    public const string AdminKeyFile = "admin-key";

    private const string PanelUrlSql = "select count(*) from public.settings where key = 'virtfusion_api_url' and value <> ''";

    public static void Prepare(IHostApplicationBuilder app) => PrepareAsync(app).GetAwaiter().GetResult();

    private static async Task PrepareAsync(IHostApplicationBuilder app)
    {
        var configuration = app.Configuration;
        CheckUrls(configuration[UrlsSetting]);
        var folder = Path.Combine(RepositoryRoot.Find() ?? Directory.GetCurrentDirectory(), ".local");
        if (string.IsNullOrEmpty(configuration[KeySetting]))
            configuration[KeySetting] = AdminKey(folder);

        if (!string.IsNullOrEmpty(configuration[DatabaseSetting]))
            return;

        Directory.CreateDirectory(folder);
        var postgres = await EmbeddedPostgres.StartAsync(Path.Combine(folder, "postgres"), CancellationToken.None, Console.WriteLine);
        // Also when the start is refused after this; after an orderly stop it does nothing.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => postgres.DisposeAsync().AsTask().GetAwaiter().GetResult();
        await postgres.CreateDatabaseAsync("skypanel", CancellationToken.None);
        configuration[DatabaseSetting] = postgres.ConnectionString("skypanel");
        configuration[CreateTablesSetting] ??= "true"; // No panel has made any in a database of our own.
        Console.WriteLine($"PostgreSQL {postgres.Major} on port {postgres.Port}, data in {folder}");
        app.Services.AddHostedService(_ => new DemoServers(postgres));

        if (!string.IsNullOrEmpty(configuration[UrlSetting]) || await HasPanelAsync(configuration[DatabaseSetting]!))
            return;

        var simulator = await DemoSimulator.StartAsync(Path.Combine(folder, "virtfusion.json"));
        configuration[UrlSetting] = simulator.BaseUrl;
        configuration[TokenSetting] = simulator.ApiToken;
        Console.WriteLine($"A simulated VirtFusion on {simulator.BaseUrl}");
        app.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<DemoStart>(services, simulator, folder));
    }

    /// <exception cref="OptionsValidationException">Kestrel would refuse one, with a stack trace.</exception>
    private static void CheckUrls(string? urls)
    {
        foreach (var url in (urls ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                if (BindingAddress.Parse(url) is { Scheme: "http", Port: >= 0 and <= 65535 })
                    continue;
            }
            catch (FormatException) // No address at all.
            {
            }
            throw new OptionsValidationException(UrlsSetting, typeof(WebApplication),
                [$"{UrlsSetting} '{url}' can't be served: addresses such as http://localhost:7071 are allowed; put what speaks https in front."]);
        }
    }

    private static async Task<bool> HasPanelAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(PanelUrlSql, connection);
        try
        {
            return (long)(await command.ExecuteScalarAsync())! > 0;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable) // A new database.
        {
            return false;
        }
    }

    // Kept, so that a restart doesn't lock out whoever has it; readable by its owner alone.
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
