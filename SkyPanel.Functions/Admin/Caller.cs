namespace SkyPanel.Functions.Admin;

/// <summary>Each role may do what those before it may.</summary>
public enum Role
{
    Viewer = 1,
    Operator = 2,
    Admin = 3,
}

/// <summary>Who called, as the audit names them.</summary>
public sealed record Caller(string Name, Role Role);
