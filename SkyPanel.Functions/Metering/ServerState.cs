namespace SkyPanel.Functions.Metering;

/// <summary>What one reading says about one server. A server that VirtFusion no longer has is not existing, all else false.</summary>
/// <param name="BeganAt">When the request began that showed it, by the database's clock and no later.</param>
/// <param name="EndedAt">When that request had ended, and no earlier.</param>
public readonly record struct ServerState(
    int ServerId, DateTimeOffset BeganAt, DateTimeOffset EndedAt, bool IsExisting, bool IsSuspended, bool IsBuilt, int? OwnerId,
        DateTimeOffset? CreatedAt)
{
    public static ServerState Gone(int serverId, DateTimeOffset beganAt, DateTimeOffset endedAt) =>
        new(serverId, beganAt, endedAt, false, false, false, null, null);
}
