namespace SkyPanel.Functions.Panel;

/// <summary>Section <c>Panel</c>. Checked at start.</summary>
public sealed class PanelOptions
{
    /// <summary>Whether the start creates those of the panel's tables that the database lacks, as a demo needs them. Default: false, and a
    /// database without the panel's tables is refused.</summary>
    public bool CreateTables { get; set; }
}
