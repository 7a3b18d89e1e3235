using Microsoft.Extensions.DependencyInjection;

namespace SkyPanel.Functions.Database;

/// <summary>Moves back the instants of a table that were stored while the database's clock was ahead. It finds nothing if the clock was
/// never ahead.</summary>
/// <param name="Table">The name of the table in the log.</param>
/// <param name="Sql">The statements; the number of changed rows is logged.</param>
/// <param name="CountLeftSql">Counts what can't be repaired, after a repair; null when nothing is left.</param>
/// <param name="Left">What is left, after its number; null when nothing is left.</param>
public sealed record ClockRepair(string Table, string Sql, string? CountLeftSql = null, string? Left = null);

public static class ClockRepairRegistration
{
    /// <summary>Adds repairs to each heartbeat, in their order.</summary>
    public static IServiceCollection AddClockRepairs(this IServiceCollection services, params ClockRepair[] repairs)
    {
        foreach (var repair in repairs)
            services.AddSingleton(repair);
        return services;
    }
}
