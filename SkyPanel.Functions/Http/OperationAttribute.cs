namespace SkyPanel.Functions.Http;

/// <summary>Declares an HTTP function for the API's document. Tests compare it with what the function does.</summary>
/// <param name="role">The lowest role that may call; <see cref="Role.None"/> needs no key.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OperationAttribute(Role role) : Attribute
{
    public Role Role { get; } = role;

    /// <summary>Whether the panel's own key may call it too.</summary>
    public bool IsForPanel { get; set; }

    /// <summary>Whether a customer's link may call it, besides the role or, for <see cref="Role.None"/>, alone.</summary>
    public bool IsByLink { get; set; }

    /// <summary>The type of its query parameters; null when it has none.</summary>
    public Type? Query { get; set; }

    /// <summary>The type of its JSON body; null when it has none.</summary>
    public Type? Body { get; set; }

    /// <summary>Whether it takes the header <c>Idempotency-Key</c>.</summary>
    public bool IsRepeatable { get; set; }

    /// <summary>Statuses of refusals, besides those of every route.</summary>
    public int[] Refuses { get; set; } = [];
}
