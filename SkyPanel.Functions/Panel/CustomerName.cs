namespace SkyPanel.Functions.Panel;

/// <summary>Names a customer as the panel does, in SQL.</summary>
internal static class CustomerName
{
    /// <summary>The name in the row <c>u</c> of the panel's users; null when the user is gone. Both columns may be absent.</summary>
    public const string Sql = "coalesce(nullif(to_jsonb(u) ->> 'full_name', ''), to_jsonb(u) ->> 'username')";

    /// <summary>The name, or the user's e-mail address when the panel has no name.</summary>
    public const string OrEmailSql = $"coalesce({Sql}, to_jsonb(u) ->> 'email')";
}
