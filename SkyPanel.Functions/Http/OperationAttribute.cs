namespace SkyPanel.Functions.Http;

/// <summary>Declares what the API's document says of an HTTP function besides its route. Tests hold it to what the function does.</summary>
/// <param name="role">The lowest role that may call; <see cref="Role.None"/> needs no key.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OperationAttribute(Role role) : Attribute
{
    public Role Role { get; } = role;

    /// <summary>Whether the panel's own key may call it too.</summary>
    public bool IsForPanel { get; set; }

    /// <summary>Whether a customer's link lets in: besides the role, or alone where that is <see cref="Role.None"/>.</summary>
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
