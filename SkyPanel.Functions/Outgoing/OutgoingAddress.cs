namespace SkyPanel.Functions.Outgoing;

/// <summary>What may be sent to an address, and what of it may be told.</summary>
internal static class OutgoingAddress
{
    /// <summary>True where a secret may go: over TLS, or within this machine.</summary>
    public static bool MayGetSecrets(this Uri address) =>
        address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    /// <summary>An address for a message: whatever stands before an @ or after a ? may be a secret, also in one that doesn't
    /// parse.</summary>
    public static string Masked(string text)
    {
        var (end, at) = (text.IndexOfAny(['?', '#']), text.LastIndexOf('@'));
        if (end >= 0 && end < at) // A password with a ? or a query with an @: which, nobody can tell.
            return "***";
        var shown = end < 0 ? text : $"{text[..end]}?***";
        return at < 0 ? shown : $"***{shown[at..]}";
    }
}
