using System.Reflection;

namespace SkyPanel.Functions.Panel;

/// <summary>Creates the panel's own tables in a database without a panel.</summary>
public static class PanelSchema
{
    /// <summary>Creates the missing tables, after the migrations. Any number of processes may call it at once.</summary>
    public static async Task CreateAsync(string connectionString, CancellationToken ct)
    {
        await using var connection =
            new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(ct);
        await using var transaction = await connection.BeginAloneAsync(ct);
        await Migrator.LockAsync(connection, ct);
        await connection.ExecuteAsync(await ReadScriptAsync(ct), ct);
        await transaction.CommitAsync(ct);
    }

    private static async Task<string> ReadScriptAsync(CancellationToken ct)
    {
        using var script = new StreamReader(Assembly.GetExecutingAssembly()
            .GetManifestResourceStream("SkyPanel.Functions.Panel.PanelTables.sql")!);
        return await script.ReadToEndAsync(ct);
    }
}
