namespace SkyPanel.Functions.VirtFusion;

/// <summary>What asking for one server showed.</summary>
public abstract record LookUp
{
    private LookUp() { }

    public sealed record Found(VirtFusionServer Server) : LookUp;

    /// <summary>VirtFusion itself says that it has no such server.</summary>
    public sealed record Gone : LookUp;

    /// <summary>Nothing new is known.</summary>
    public sealed record Unknown(string Reason) : LookUp;
}
