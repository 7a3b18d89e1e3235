namespace SkyPanel.Functions.Outgoing;

/// <summary>Checks and masks outgoing addresses.</summary>
internal static class OutgoingAddress
{
    /// <summary>Whether secrets may be sent to it: over TLS, or within this machine.</summary>
    public static bool MayGetSecrets(this Uri address) =>
        address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    /// <summary>Masks an address for a message: parts before an @ or after a ? may be secrets, also in an invalid
    /// address.</summary>
    public static string Masked(string text)
    {
        var (end, at) = (text.IndexOfAny(['?', '#']), text.LastIndexOf('@'));
        if (end >= 0 && end < at) // A password with a ? or a query with an @: which, nobody can tell.
            return "***";
        var shown = end < 0 ? text : $"{text[..end]}?***";
        return at < 0 ? shown : $"***{shown[at..]}";
    }
}
