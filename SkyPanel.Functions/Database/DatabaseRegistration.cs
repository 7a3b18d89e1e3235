using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace SkyPanel.Functions.Database;

public static class DatabaseRegistration
{
    public const string ConnectionStringName = "SkyPanel";

    private const int LongestWaitSeconds = 7;
    private const string Allowed = "a connection string such as Host=db;Database=skypanel;Username=app;Password=secret is allowed.";

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
            if (string.IsNullOrWhiteSpace(builder.Host))
                throw new StartException($"ConnectionStrings:SkyPanel '***' names no Host: {Allowed}");
            // A database that doesn't answer stops the start within ten seconds; 0 would wait for ever.
            builder.Timeout = builder.Timeout == 0 ? LongestWaitSeconds : Math.Min(builder.Timeout, LongestWaitSeconds);
            return builder.ConnectionString;
        }
        catch (ArgumentException e) // Its message names the part that is wrong, never a value.
        {
            throw new StartException($"ConnectionStrings:SkyPanel '***' can't be read ({e.Message.TrimEnd('.')}): {Allowed}");
        }
    }
}
