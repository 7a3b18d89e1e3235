using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.OpenApi;

/// <summary>What a caller must know of a door besides its route. The API's document is made of it, and tests hold it to what the door does.</summary>
/// <param name="role">The least role that is let in; <see cref="Role.None"/> for everybody.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OperationAttribute(Role role) : Attribute
{
    public Role Role { get; } = role;

    /// <summary>The type of its query parameters; null when it has none.</summary>
    public Type? Query { get; set; }

    /// <summary>The type of its JSON body; null when it has none.</summary>
    public Type? Body { get; set; }

    /// <summary>Whether it knows the header <c>Idempotency-Key</c>.</summary>
    public bool IsRepeatable { get; set; }

    /// <summary>Statuses of refusals, besides those of every route.</summary>
    public int[] Refuses { get; set; } = [];
}
