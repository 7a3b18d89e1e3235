namespace SkyPanel.Functions.VirtFusion;

/// <summary>The result of reading what VirtFusion's own hourly billing counted for a user this month.</summary>
public abstract record UsageReading
{
    private UsageReading() { }

    /// <summary>Tokens of a calendar month (UTC), each null when it is missing. A growing figure means that native billing is
    /// active.</summary>
    /// <param name="Month">The first day of the month.</param>
    public sealed record Figures(DateOnly Month, decimal? Servers, decimal? ServersBillable, decimal? Addons, decimal? AddonsBillable)
        : UsageReading
    {
        /// <summary>All four figures, in a fixed order.</summary>
        public decimal?[] Tokens => [Servers, ServersBillable, Addons, AddonsBillable];
    }

    /// <summary>VirtFusion's answer has no figures of this user.</summary>
    public sealed record Unreadable(string Reason) : UsageReading;

    /// <summary>Nothing new is known of any user.</summary>
    public sealed record Unknown(string Reason) : UsageReading;
}
