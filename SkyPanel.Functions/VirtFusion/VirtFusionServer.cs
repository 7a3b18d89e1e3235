using System.Text.Json;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>What VirtFusion says about one server, as far as billing needs it.</summary>
/// <param name="Id">VirtFusion's number of it, greater than 0.</param>
/// <param name="Uuid">Null when VirtFusion doesn't say.</param>
/// <param name="OwnerId">VirtFusion's own user id, the panel's <c>users.virtfusion_id</c>; null when VirtFusion doesn't say.</param>
/// <param name="IsSuspended">An administrator or a payment switched it off.</param>
/// <param name="IsBuilt">An operating system is installed; false while building, and after a failed build. Says nothing of power.</param>
/// <param name="CreatedAt">UTC; null when VirtFusion doesn't say.</param>
public sealed record VirtFusionServer(int Id, string? Uuid, int? OwnerId, bool IsSuspended, bool IsBuilt, DateTimeOffset? CreatedAt)
{
    /// <summary>An administrator protects it from being changed; null when VirtFusion doesn't say.</summary>
    public bool? IsProtected { get; init; }

    private const int CommissionDone = 3; // 0 is allocated, 2 is failed.

    /// <summary>Reads an item of a list (simple or full) or a single server; their field names differ.</summary>
    /// <returns>The server, or null with the problem. What isn't said isn't assumed: it would be billed.</returns>
    internal static VirtFusionServer? Read(JsonElement item, out int? id, out string problem)
    {
        problem = "";
        id = item.Int("id") is > 0 and var number ? number : null;
        if (id is not { } known)
            problem = "`id` is missing or not a positive integer";
        else if (item.Bool("suspended") is not { } suspended)
            problem = "`suspended` is missing or not a truth value";
        else if (Built(item) is not { } built)
            problem = "nothing readable says whether it is built (`state`, `commissionStatus`, `commissioned`)";
        else if (!TryOwner(item, out var owner))
            problem = "`owner` is not a user id";
        else if (item.Field("created") is not null && item.Instant("created") is null)
            problem = "`created` is not a time";
        else
            return new(known, item.Text("uuid"), owner, suspended, built, item.Instant("created")) { IsProtected = item.Bool("protected") };

        return null;
    }

    // Everything that is said must agree: a server is billed for being built, and one doubtful word is a doubt.
    private static bool? Built(JsonElement item)
    {
        if (item.Bool("buildFailed") == true)
            return false;

        bool?[] said = [StateSays(item), StatusSays(item, "commissionStatus"), StatusSays(item, "commissioned")];
        return said.Any(word => word == false) ? false : said.Any(word => word == true) ? true : null;
    }

    private static bool? StateSays(JsonElement item) => item.Text("state") is { Length: > 0 } state ? state == "complete" : null;

    // Mostly a status number. Seen as a truth value too, so `true` is done, but 1 is a status and isn't.
    private static bool? StatusSays(JsonElement item, string name) => item.Field(name) switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => item.Int(name) is { } status ? status == CommissionDone : null,
    };

    // `ownerId` in a single server; in lists `owner`, a number when simple and an object when full.
    private static bool TryOwner(JsonElement item, out int? owner)
    {
        owner = item.Int("ownerId") ?? item.Int("owner") ?? item.Field("owner")?.Int("id");
        return owner is not null || (item.Field("ownerId") is null && item.Field("owner") is null);
    }
}
