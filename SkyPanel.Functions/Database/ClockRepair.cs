namespace SkyPanel.Functions.Database;

/// <summary>Moves back the instants of a table that were stored while the database's clock was ahead. It finds nothing if the clock was
/// never ahead.</summary>
/// <param name="Table">The name of the table in the log.</param>
/// <param name="Sql">The statements; the number of changed rows is logged.</param>
/// <param name="CountRemainingSql">Counts the rows that can't be repaired; null when all can.</param>
/// <param name="Remaining">Says what these rows are, after their number; null when all can be repaired.</param>
public sealed record ClockRepair(string Table, string Sql, string? CountRemainingSql = null, string? Remaining = null)
{
    /// <summary>Sets the later ones of some columns to the present.</summary>
    /// <param name="condition">Selects the rows; null for those with a column more than a minute ahead.</param>
    // Not by least(), which ignores nulls: what has not happened would have happened now.
    public static ClockRepair ToNow(string table, string[] columns, string? condition = null) => new(table, $"""
        update cron_service.{table}
        set {string.Join(", ", columns.Select(column => $"{column} = case when {column} > now() then now() else {column} end"))}
        where {condition ?? $"greatest({string.Join(", ", columns)}) > now() + interval '1 minute'"}
        """);
}

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
