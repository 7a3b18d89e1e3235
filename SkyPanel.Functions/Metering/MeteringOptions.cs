namespace SkyPanel.Functions.Metering;

/// <summary>Section <c>Metering</c>. Checked at start.</summary>
public sealed class MeteringOptions
{
    /// <summary>Whether the panel itself charges the first hour of a server at its creation. Default: true.</summary>
    public bool FirstHourPrepaid { get; set; } = true;

    /// <summary>How often VirtFusion's servers are read between billing runs. Default: 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan ObserveEvery { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A monthly price above this is reported as a mistake, in currency units. Default: 10,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxMonthlyPrice { get; set; } = 10_000;
}
