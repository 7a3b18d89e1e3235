namespace SkyPanel.Functions.VirtFusion;

/// <summary>The result of reading one server.</summary>
public abstract record ServerLookup
{
    private ServerLookup() { }

    public sealed record Found(VirtFusionServer Server) : ServerLookup;

    /// <summary>VirtFusion itself says that the server doesn't exist.</summary>
    public sealed record Gone : ServerLookup;

    /// <summary>Nothing new is known.</summary>
    public sealed record Unknown(string Reason) : ServerLookup;
}
