namespace SkyPanel.Functions.Metering;

/// <summary>The state of a server in one reading. If VirtFusion no longer has it, all flags are false.</summary>
/// <param name="BeganAt">The beginning of the request, or an earlier time, by the database's clock.</param>
/// <param name="EndedAt">The end of the request, or a later time.</param>
public readonly record struct ServerState(
    int ServerId, DateTimeOffset BeganAt, DateTimeOffset EndedAt, bool IsExisting, bool IsSuspended, bool IsBuilt, int? OwnerId,
        DateTimeOffset? CreatedAt)
{
    public static ServerState Gone(int serverId, DateTimeOffset beganAt, DateTimeOffset endedAt) =>
        new(serverId, beganAt, endedAt, false, false, false, null, null);
}
