using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace SkyPanel.Functions.Database;

public static class DatabaseRegistration
{
    public const string ConnectionStringName = "SkyPanel";

    private const int LongestWaitSeconds = 7;

    // PostgreSQL has 100 for everybody: several processes of this app must leave most of them to the panel.
    private const int DefaultPoolSize = 20;

    /// <summary>One pooled <see cref="NpgsqlDataSource"/> from <c>ConnectionStrings:SkyPanel</c>, PgBouncer-safe.</summary>
    /// <exception cref="StartException">The connection string is absent or can't be read.</exception>
    public static IServiceCollection AddDatabase(this IServiceCollection services, IConfigurationManager configuration)
    {
        var connectionString = Prepare(configuration.GetConnectionString(ConnectionStringName),
            configuration.GetValue<int?>("Database:MaxPoolSize"));
        // Whoever else connects reads it in the one form that Npgsql knows.
        configuration.AddInMemoryCollection([new($"ConnectionStrings:{ConnectionStringName}", connectionString)]);
        return services.AddSingleton(_ => NpgsqlDataSource.Create(connectionString));
    }

    /// <summary>Adds what this app relies on to a connection string.</summary>
    /// <exception cref="StartException">It is absent or can't be read.</exception>
    public static string Prepare(string? connectionString, int? maxPoolSize = null)
    {
        var builder = ConnectionText.Read(connectionString);
        // The panel's timestamps have no zone and hold UTC; a session in another zone would shift them.
        builder.Timezone = "UTC";
        builder.ApplicationName = "SkyPanel.Functions";
        // PgBouncer resets sessions itself; a reset of ours could land in another client's transaction.
        builder.NoResetOnClose = true;
        // A database that doesn't answer stops the start within ten seconds; 0 would wait for ever.
        builder.Timeout = builder.Timeout == 0 ? LongestWaitSeconds : Math.Min(builder.Timeout, LongestWaitSeconds);
        builder.MaxPoolSize = maxPoolSize is >= 5 and <= 500 ? maxPoolSize.Value : builder.ShouldSerialize("Maximum Pool Size")
            ? builder.MaxPoolSize : DefaultPoolSize;
        builder.MinPoolSize = Math.Min(builder.MinPoolSize, builder.MaxPoolSize);
        return builder.ConnectionString;
    }
}
