namespace SkyPanel.Functions.Http;

/// <summary>Roles of callers. Each includes those before it.</summary>
public enum Role
{
    /// <summary>The role of a valid token that names none. It opens no route that needs a key.</summary>
    None = 0,
    Viewer = 1,
    Operator = 2,
    Admin = 3,
}

/// <summary>Converts roles from and to text.</summary>
public static class Roles
{
    public static readonly string[] Names = ["viewer", "operator", "admin"];

    public static string Name(this Role role) => Names[(int)role - 1];

    /// <returns>Null for an unknown role; case matters.</returns>
    public static Role? Parse(string? name) => Array.IndexOf(Names, name) is >= 0 and var index ? (Role)(index + 1) : null;
}
