namespace SkyPanel.Functions.Metering;

/// <summary>The state of a server in one reading. If VirtFusion no longer has it, all flags are false.</summary>
/// <remarks>Of 40 bytes, as a reading has one for each server: whole seconds instead of times, 0 instead of null.</remarks>
/// <param name="beganAt">The beginning of the request, or an earlier time, by the database's clock.</param>
/// <param name="endedAt">The end of the request, or a later time.</param>
public readonly struct ServerState(
    int serverId, DateTimeOffset beganAt, DateTimeOffset endedAt, bool isExisting, bool isSuspended, bool isBuilt, int? ownerId,
    DateTimeOffset? createdAt)
{
    public int ServerId { get; } = serverId;

    public long BeganSecond { get; } = beganAt.ToUnixTimeSeconds();

    public long EndedSecond { get; } = endedAt.ToUnixTimeSeconds();

    /// <summary>0 when it is unknown.</summary>
    public long CreatedSecond { get; } = createdAt?.ToUnixTimeSeconds() ?? 0;

    /// <summary>The owner's id in VirtFusion; 0 when it is unknown.</summary>
    public int OwnerId { get; } = ownerId ?? 0;

    public bool IsExisting { get; } = isExisting;

    public bool IsSuspended { get; } = isSuspended;

    public bool IsBuilt { get; } = isBuilt;

    public static ServerState Gone(int serverId, DateTimeOffset beganAt, DateTimeOffset endedAt) =>
        new(serverId, beganAt, endedAt, false, false, false, null, null);
}
