namespace SkyPanel.Functions.WhatIf;

/// <summary>Names a customer as the panel does.</summary>
internal static class CustomerName
{
    /// <summary>Of the row <c>u</c> of the panel's users; null when the user is gone. Both columns may be absent.</summary>
    public const string Sql = "coalesce(nullif(to_jsonb(u) ->> 'full_name', ''), to_jsonb(u) ->> 'username')";
}
