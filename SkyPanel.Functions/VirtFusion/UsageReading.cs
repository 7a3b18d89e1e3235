namespace SkyPanel.Functions.VirtFusion;

/// <summary>What VirtFusion's own hourly billing has counted for a user this month.</summary>
public abstract record UsageReading
{
    private UsageReading() { }

    /// <summary>Tokens of a calendar month (UTC), each null when VirtFusion doesn't say; one that grows means that native billing is
    /// live.</summary>
    /// <param name="Month">The first day of the month that was asked for.</param>
    public sealed record Figures(DateOnly Month, decimal? Servers, decimal? ServersBillable, decimal? Addons, decimal? AddonsBillable)
        : UsageReading
    {
        /// <summary>All four, in one order.</summary>
        public decimal?[] Tokens => [Servers, ServersBillable, Addons, AddonsBillable];
    }

    /// <summary>VirtFusion answered about this user, and told no figures.</summary>
    public sealed record Unreadable(string Reason) : UsageReading;

    /// <summary>Nothing new is known, of this user or any other.</summary>
    public sealed record Unknown(string Reason) : UsageReading;
}
