using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace SkyPanel.Functions.Database;

public static class DatabaseRegistration
{
    public const string ConnectionStringName = "SkyPanel";

    /// <summary>One pooled <see cref="NpgsqlDataSource"/> from <c>ConnectionStrings:SkyPanel</c>, PgBouncer-safe.</summary>
    /// <exception cref="StartException">The connection string is absent or can't be read.</exception>
    public static IServiceCollection AddDatabase(this IServiceCollection services, IConfiguration configuration)
    {
        var connectionString = Prepare(configuration.GetConnectionString(ConnectionStringName));
        return services.AddSingleton(_ => NpgsqlDataSource.Create(connectionString));
    }

    /// <summary>Adds what this app relies on to a connection string.</summary>
    public static string Prepare(string? connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
            throw new StartException("ConnectionStrings:SkyPanel is missing: set it to a PostgreSQL 15 or later (ConnectionStrings__SkyPanel).");
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString)
            {
                // The panel's timestamps have no zone and hold UTC; a session in another zone would shift them.
                Timezone = "UTC",
                ApplicationName = "SkyPanel.Functions",
                // PgBouncer resets sessions itself; a reset of ours could land in another client's transaction.
                NoResetOnClose = true,
            };
            // A database that doesn't answer stops the start within ten seconds.
            builder.Timeout = Math.Min(builder.Timeout, 8);
            return builder.ConnectionString;
        }
        catch (ArgumentException e)
        {
            throw new StartException($"ConnectionStrings:SkyPanel can't be read: {e.Message}");
        }
    }
}
