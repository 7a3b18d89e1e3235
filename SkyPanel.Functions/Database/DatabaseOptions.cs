namespace SkyPanel.Functions.Database;

/// <summary>Section <c>Database</c>. Checked at start.</summary>
public sealed class DatabaseOptions
{
    /// <summary>The maximum number of connections of a process; further callers wait for one for seven seconds. 5 to 500. Default:
    /// <c>Maximum Pool Size</c> in the connection string, otherwise 20.</summary>
    [Range(5, 500)]
    public int? MaxPoolSize { get; set; }
}
