namespace SkyPanel.Functions;

/// <summary>What may be sent to an address.</summary>
internal static class OutgoingAddress
{
    /// <summary>True where a secret may go: over TLS, or within this machine.</summary>
    public static bool MayGetSecrets(this Uri address) =>
        address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);
}
