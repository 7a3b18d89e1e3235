namespace SkyPanel.Functions.Database;

/// <summary>Moves back the instants of a table that were stored while the database's clock was ahead. It finds nothing if the clock was
/// never ahead.</summary>
/// <param name="Table">The name of the table in the log.</param>
/// <param name="Sql">The statements; the number of changed rows is logged.</param>
/// <param name="CountRemainingSql">Counts the rows that can't be repaired; null when all can.</param>
/// <param name="Remaining">Says what these rows are, after their number; null when all can be repaired.</param>
public sealed record ClockRepair(string Table, string Sql, string? CountRemainingSql = null, string? Remaining = null);

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
