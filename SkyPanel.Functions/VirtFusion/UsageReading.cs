namespace SkyPanel.Functions.VirtFusion;

/// <summary>What VirtFusion's own hourly billing has counted for a user this month.</summary>
public abstract record UsageReading
{
    private UsageReading() { }

    /// <summary>Tokens used by servers in the current calendar month (UTC); more than 0 means that native billing is live.</summary>
    public sealed record Tokens(decimal Amount) : UsageReading;

    /// <summary>Nothing new is known.</summary>
    public sealed record Unknown(string Reason) : UsageReading;
}
