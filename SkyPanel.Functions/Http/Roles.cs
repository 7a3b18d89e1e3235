namespace SkyPanel.Functions.Http;

/// <summary>Each role may do what those before it may.</summary>
public enum Role
{
    /// <summary>Of a valid token that names none: it opens nothing.</summary>
    None = 0,
    Viewer = 1,
    Operator = 2,
    Admin = 3,
}

/// <summary>Roles as they are written outside of C#.</summary>
public static class Roles
{
    public static readonly string[] Names = ["viewer", "operator", "admin"];

    public static string Name(this Role role) => Names[(int)role - 1];

    /// <summary>Null for what is no role; the case counts.</summary>
    public static Role? Parse(string? name) => Array.IndexOf(Names, name) is >= 0 and var index ? (Role)(index + 1) : null;
}
