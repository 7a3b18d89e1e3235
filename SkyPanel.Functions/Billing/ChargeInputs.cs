namespace SkyPanel.Functions.Billing;

/// <summary>Names the tables that the steps of a charge read: those of production, or temporary copies.</summary>
public sealed class ChargeInputs
{
    private readonly string[] _copied;

    private ChargeInputs(params string[] copied) => _copied = copied;

    /// <summary>Reads terms, uptime, monthly sums and caps from temporary tables of the same names.</summary>
    public static ChargeInputs Copies { get; } = new("terms", "uptime", "server_months", "month_caps");

    /// <summary>Reads all tables that decide about charges from temporary tables, and writes charges to one.</summary>
    public static ChargeInputs Replay { get; } = new("terms", "uptime", "server_months", "enrolments", "hold_spans", "holds", "charges");

    /// <summary>Returns the statement with the names of its tables.</summary>
    /// <param name="inputs">Null for the tables of production.</param>
    internal static string Named(ChargeInputs? inputs, string sql) => inputs is null ? sql : inputs._copied.Aggregate(sql,
        (named, table) => named.Replace($"cron_service.{table}", $"pg_temp.{table}", StringComparison.Ordinal));
}
