namespace SkyPanel.Functions.Http;

/// <summary>The role of a caller. A viewer reads, an operator also acts, an admin also manages keys and settings. The panel has a role of
/// its own.</summary>
public enum Role
{
    /// <summary>The role of a valid token that names none. It opens no route that needs a key.</summary>
    None = 0,

    /// <summary>The panel's own key, which opens top-ups, makes and revokes customers' links, and reads accounts and their statements,
    /// nothing else.</summary>
    Panel = 1,
    Viewer = 2,
    Operator = 3,
    Admin = 4,
}

/// <summary>Converts roles from and to text.</summary>
public static class Roles
{
    public static readonly string[] Names = ["panel", "viewer", "operator", "admin"];

    /// <summary>Whether a caller may use an operation that needs a role. An operator may use the panel's operations.</summary>
    public static bool Allows(this Role has, Role needed) => needed == Role.Panel ? has is Role.Panel or >= Role.Operator : has >= needed;

    public static string Name(this Role role) => Names[(int)role - 1];

    /// <returns>Null for an unknown role; case matters.</returns>
    public static Role? Parse(string? name) => Array.IndexOf(Names, name) is >= 0 and var index ? (Role)(index + 1) : null;
}
