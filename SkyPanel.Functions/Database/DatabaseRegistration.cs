using Microsoft.Extensions.Configuration;

namespace SkyPanel.Functions.Database;

public static class DatabaseRegistration
{
    public const string ConnectionStringName = "SkyPanel";

    private const int MaxWaitSeconds = 7;

    // PostgreSQL has 100 by default, and most of them are for the panel.
    private const int DefaultPoolSize = 20;

    /// <summary>Registers a pooled <see cref="NpgsqlDataSource"/> for <c>ConnectionStrings:SkyPanel</c>, PgBouncer-safe.</summary>
    /// <exception cref="StartException">The connection string is missing or invalid.</exception>
    public static IServiceCollection AddDatabase(this IServiceCollection services, IConfigurationManager configuration)
    {
        var connectionString = Prepare(configuration.GetConnectionString(ConnectionStringName),
            configuration.GetValue<int?>("Database:MaxPoolSize"));
        // Other users of the setting get it in Npgsql's form.
        configuration.AddInMemoryCollection([new($"ConnectionStrings:{ConnectionStringName}", connectionString)]);
        return services.AddSingleton(_ => NpgsqlDataSource.Create(connectionString));
    }

    /// <summary>Adds the app's required options to a connection string.</summary>
    /// <exception cref="StartException">The connection string is missing or invalid.</exception>
    public static string Prepare(string? connectionString, int? maxPoolSize = null)
    {
        var builder = ConnectionText.Read(connectionString);
        // The panel's timestamps have no zone and hold UTC; a session in another zone would shift them.
        builder.Timezone = "UTC";
        builder.ApplicationName = "SkyPanel.Functions";
        // PgBouncer resets sessions itself; a reset of ours could land in another client's transaction.
        builder.NoResetOnClose = true;
        // Without an answer the start fails within ten seconds; 0 would wait forever.
        builder.Timeout = builder.Timeout == 0 ? MaxWaitSeconds : Math.Min(builder.Timeout, MaxWaitSeconds);
        builder.MaxPoolSize = maxPoolSize is >= 5 and <= 500 ? maxPoolSize.Value : builder.ShouldSerialize("Maximum Pool Size")
            ? builder.MaxPoolSize : DefaultPoolSize;
        builder.MinPoolSize = Math.Min(builder.MinPoolSize, builder.MaxPoolSize);
        return builder.ConnectionString;
    }
}
