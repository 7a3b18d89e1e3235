namespace SkyPanel.Functions.Metering;

/// <summary>What one reading says about one server. A server that VirtFusion no longer has is not existing, all else false.</summary>
public readonly record struct ServerState(int ServerId, bool IsExisting, bool IsSuspended, bool IsBuilt, int? OwnerId, DateTimeOffset? CreatedAt)
{
    public static ServerState Gone(int serverId) => new(serverId, false, false, false, null, null);
}
