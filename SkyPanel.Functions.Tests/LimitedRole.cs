using Npgsql;

namespace SkyPanel.Functions.Tests;

/// <summary>A role that may use all tables but is no superuser, for tests that take a right away.</summary>
internal sealed class LimitedRole : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly string _name = $"limited_{Guid.NewGuid():N}";

    private LimitedRole(TestDatabase database) => _database = database;

    /// <summary>Connects to the database and acts as this role.</summary>
    public string ConnectionString =>
        new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Options = $"-c role={_name}" }.ConnectionString;

    /// <param name="change">Takes rights away; <c>{0}</c> is the role.</param>
    public static async Task<LimitedRole> CreateAsync(TestDatabase database, string change)
    {
        var role = new LimitedRole(database);
        await database.ExecuteAsync($"""
            create role {role._name};
            grant usage, create on schema public, cron_service to {role._name};
            grant all on all tables in schema public, cron_service to {role._name};
            grant all on all sequences in schema public, cron_service to {role._name};
            grant all on all functions in schema public, cron_service to {role._name};
            {string.Format(null, change, role._name)}
            """);
        return role;
    }

    public async ValueTask DisposeAsync() => await _database.ExecuteAsync($"drop owned by {_name}; drop role {_name}");
}
