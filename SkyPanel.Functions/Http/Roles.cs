namespace SkyPanel.Functions.Http;

/// <summary>A viewer reads, an operator acts, an admin decides who may: each may do what the one before may. Beside them stands the
/// panel.</summary>
public enum Role
{
    /// <summary>The role of a valid token that names none. It opens no route that needs a key.</summary>
    None = 0,

    /// <summary>The panel's own key: opens top-ups and reads accounts, nothing else.</summary>
    Panel = 1,
    Viewer = 2,
    Operator = 3,
    Admin = 4,
}

/// <summary>Converts roles from and to text.</summary>
public static class Roles
{
    public static readonly string[] Names = ["panel", "viewer", "operator", "admin"];

    /// <summary>Whether a caller with a role may use an operation that needs another. What is the panel's is an operator's too.</summary>
    public static bool Allows(this Role has, Role needed) => needed == Role.Panel ? has is Role.Panel or >= Role.Operator : has >= needed;

    public static string Name(this Role role) => Names[(int)role - 1];

    /// <returns>Null for an unknown role; case matters.</returns>
    public static Role? Parse(string? name) => Array.IndexOf(Names, name) is >= 0 and var index ? (Role)(index + 1) : null;
}
