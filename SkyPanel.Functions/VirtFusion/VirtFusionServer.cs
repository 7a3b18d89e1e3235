namespace SkyPanel.Functions.VirtFusion;

/// <summary>A server of VirtFusion, with the fields that billing needs.</summary>
/// <param name="Id">Greater than 0.</param>
/// <param name="OwnerId">VirtFusion's own user id, the panel's <c>users.virtfusion_id</c>; null when it is missing.</param>
/// <param name="IsSuspended">Suspended by an administrator or for lack of payment.</param>
/// <param name="IsBuilt">An operating system is installed; false while building and after a failed build. It may be powered off.</param>
/// <param name="CreatedAt">UTC; null when it is missing.</param>
public sealed record VirtFusionServer(int Id, int? OwnerId, bool IsSuspended, bool IsBuilt, DateTimeOffset? CreatedAt)
{
    /// <summary>Whether an administrator protects it from changes; null when it is missing.</summary>
    public bool? IsProtected { get; init; }

    private const int CommissionDone = 3; // 0 is allocated, 2 is failed.

    /// <summary>Reads an item of a list (simple or full) or a single server; their field names differ.</summary>
    /// <returns>The server, or null and the problem. Missing fields have no defaults, as they decide what is billed.</returns>
    internal static VirtFusionServer? Read(JsonElement item, out int? id, out string problem)
    {
        problem = "";
        id = item.Int("id") is > 0 and var number ? number : null;
        if (id is not { } known)
            problem = "`id` is missing or not a positive integer";
        else if (item.Bool("suspended") is not { } suspended)
            problem = "`suspended` is missing or not a truth value";
        else if (ReadBuilt(item) is not { } built)
            problem = "nothing readable says whether it is built (`state`, `commissionStatus`, `commissioned`)";
        else if (!TryReadOwner(item, out var owner))
            problem = "`owner` is not a user id";
        else if (item.Field("created") is not null && item.Instant("created") is null)
            problem = "`created` is not a time";
        else
            return new(known, owner, suspended, built, item.Instant("created")) { IsProtected = item.Bool("protected") };

        return null;
    }

    // A server is only built if all fields agree, as it is billed for that.
    private static bool? ReadBuilt(JsonElement item)
    {
        if (item.Bool("buildFailed") == true)
            return false;

        bool?[] fields = [ReadState(item), ReadStatus(item, "commissionStatus"), ReadStatus(item, "commissioned")];
        return fields.Any(isBuilt => isBuilt == false) ? false : fields.Any(isBuilt => isBuilt == true) ? true : null;
    }

    private static bool? ReadState(JsonElement item) => item.Text("state") is { } state ? state == "complete" : null;

    // Usually a status number, sometimes a boolean: `true` means done, but 1 is a status and doesn't.
    private static bool? ReadStatus(JsonElement item, string name) => item.Field(name) switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => item.Int(name) is { } status ? status == CommissionDone : null,
    };

    // `ownerId` in a single server; in lists `owner`, a number when simple and an object when full.
    private static bool TryReadOwner(JsonElement item, out int? owner)
    {
        owner = item.Int("ownerId") ?? item.Int("owner") ?? item.Field("owner")?.Int("id");
        return owner is not null || (item.Field("ownerId") is null && item.Field("owner") is null);
    }
}
