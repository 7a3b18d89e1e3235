using Npgsql;

namespace SkyPanel.Benchmarks;

/// <summary>Runs statements that PostgreSQL refuses inside a transaction, such as <c>vacuum</c>.</summary>
internal static class Standalone
{
    public static async Task RunAloneAsync(this NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
