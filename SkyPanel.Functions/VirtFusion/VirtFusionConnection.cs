namespace SkyPanel.Functions.VirtFusion;

/// <summary>Holds VirtFusion's address and token. They can be replaced while running, and each attempt of each call reads them
/// again. Thread-safe.</summary>
public sealed class VirtFusionConnection
{
    // One reference for both, so that a call never sends a token to another address.
    private volatile Target? _target;

    public VirtFusionConnection(IOptions<VirtFusionOptions> options)
    {
        if (!string.IsNullOrWhiteSpace(options.Value.BaseUrl) && !string.IsNullOrWhiteSpace(options.Value.ApiToken))
            Use(options.Value.BaseUrl, options.Value.ApiToken);
    }

    /// <summary>False until an address and a token are known; calls fail until then.</summary>
    public bool IsConfigured => _target is not null;

    /// <summary>The base address, ending in a slash; null until configured.</summary>
    public Uri? BaseAddress => _target?.BaseAddress;

    internal Target? Current => _target;

    /// <summary>Uses the address and the token for all later attempts.</summary>
    /// <exception cref="FormatException">The address may not be called, or the token is invalid in a header.</exception>
    public void Use(string baseUrl, string token)
    {
        token = token.Trim();
        if (token.Length == 0 || !token.All(character => character is > ' ' and <= '~'))
            throw new FormatException("The VirtFusion token must be printable ASCII without spaces, and not empty.");

        _target = new(VirtFusionAddress.Parse(baseUrl), token);
    }

    /// <summary>Clears the address and the token, so that calls fail.</summary>
    public void Clear() => _target = null;

    internal sealed record Target(Uri BaseAddress, string Token)
    {
        // The generated method would print the token.
        public override string ToString() => BaseAddress.ToString();
    }
}
