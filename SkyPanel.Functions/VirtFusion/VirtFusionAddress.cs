namespace SkyPanel.Functions.VirtFusion;

/// <summary>Parses the address of a VirtFusion API, wherever it was configured.</summary>
public static class VirtFusionAddress
{
    /// <returns>The base address, ending in a slash so that relative paths append to it. A bare host, as in the panel's own setting, gets
    /// <c>/api/v1/</c>. Any other path is used as given.</returns>
    /// <exception cref="FormatException">The address may not be called; the message says why.</exception>
    public static Uri Parse(string text)
    {
        if (Problem(text) is { } problem)
            throw new FormatException($"The VirtFusion address {problem}");

        var address = new UriBuilder(text.Trim());
        address.Path = address.Path.Trim('/') is { Length: > 0 } path ? $"/{path}/" : "/api/v1/";
        return address.Uri;
    }

    /// <returns>The problem with the address, with any password masked; null when it may be called.</returns>
    public static string? Problem(string text)
    {
        if (!Uri.TryCreate(text.Trim(), UriKind.Absolute, out var address) || address.Host.Length == 0)
            return $"'{OutgoingAddress.Masked(text)}' must be an absolute address such as https://panel.example/api/v1.";

        if (!address.MayGetSecrets())
            return $"'{OutgoingAddress.Masked(text)}' must begin with https:// (http:// only for loopback): every call carries the token.";

        return address is { UserInfo: "", Query: "", Fragment: "" }
            ? null
            : $"'{OutgoingAddress.Masked(text)}' must have no user name, query or fragment.";
    }
}
