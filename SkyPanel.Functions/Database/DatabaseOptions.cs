using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.Database;

/// <summary>Section <c>Database</c>. Checked at start.</summary>
public sealed class DatabaseOptions
{
    /// <summary>How many connections a process opens at most; further callers wait for one for seven seconds. 5 to 500. Default: what
    /// <c>Maximum Pool Size</c> in the connection string says, else 20.</summary>
    [Range(5, 500, ErrorMessage = "Database:MaxPoolSize must be 5 to 500.")]
    public int? MaxPoolSize { get; set; }
}
