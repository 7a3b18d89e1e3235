namespace SkyPanel.Functions.Billing;

/// <summary>Names the tables that the steps of a charge read: those of production, or temporary copies with other contents.</summary>
public sealed class ChargeInputs
{
    private readonly string[] _copied;

    private ChargeInputs(params string[] copied) => _copied = copied;

    /// <summary>Terms, uptime, the sums of months and their caps are read from temporary tables of the same names.</summary>
    public static ChargeInputs Copies { get; } = new("terms", "uptime", "server_months", "month_caps");

    /// <summary>Everything that decides which hours are charged is read from temporary tables, and charges are written to one.</summary>
    public static ChargeInputs Replay { get; } = new("terms", "uptime", "server_months", "enrolments", "hold_spans", "holds", "charges");

    /// <summary>Returns the statement with the names of its tables.</summary>
    /// <param name="inputs">Null for the tables of production.</param>
    internal static string Named(ChargeInputs? inputs, string sql) => inputs is null ? sql : inputs._copied.Aggregate(sql,
        (named, table) => named.Replace($"cron_service.{table}", $"pg_temp.{table}", StringComparison.Ordinal));
}
