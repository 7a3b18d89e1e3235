namespace SkyPanel.Functions.Panel;

/// <summary>Section <c>Panel</c>. Checked at start.</summary>
public sealed class PanelOptions
{
    /// <summary>Whether the start creates missing tables of the panel, for a demo. Default: false, so that a database without the panel's
    /// tables is refused.</summary>
    public bool CreateTables { get; set; }
}
