namespace SkyPanel.Functions.Payments;

/// <summary>A page of PayPal's list of disputes.</summary>
public sealed record PayPalDisputes(IReadOnlyList<ListedDispute> Items, bool HasMore)
{
    /// <returns>Null when the format is invalid.</returns>
    internal static PayPalDisputes? Read(JsonElement json)
    {
        var items = json.Items("items").Select(ListedDispute.Read).ToArray();
        return items.Contains(null) ? null : new(items!, json.Items("links").Any(link => link.Text("rel") == "next"));
    }
}

/// <summary>A dispute in the list, which doesn't name its payments.</summary>
public sealed record ListedDispute(string Id, DateTimeOffset UpdatedAt)
{
    internal static ListedDispute? Read(JsonElement json) =>
        json.Text("dispute_id") is { } id && json.Instant("update_time") is { } updatedAt ? new(id, updatedAt) : null;
}
