using Microsoft.Extensions.Options;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>Where VirtFusion is and the token it wants: from configuration at first, replaceable while running, so that a
/// rotated token needs no restart. Thread-safe; each attempt of each call reads it afresh.</summary>
public sealed class VirtFusionConnection
{
    // One reference for both: a call never sends one panel's token to another panel.
    private volatile Target? _target;

    public VirtFusionConnection(IOptions<VirtFusionOptions> options)
    {
        if (!string.IsNullOrWhiteSpace(options.Value.BaseUrl) && !string.IsNullOrWhiteSpace(options.Value.ApiToken))
            Use(options.Value.BaseUrl, options.Value.ApiToken);
    }

    /// <summary>False until an address and a token are known; calls made before then fail without being sent.</summary>
    public bool IsConfigured => _target is not null;

    /// <summary>The base address, ending in a slash; null until configured.</summary>
    public Uri? BaseAddress => _target?.BaseAddress;

    internal Target? Current => _target;

    /// <summary>Sends every later attempt there, with that token. Calls under way finish as they began.</summary>
    /// <exception cref="FormatException">The address is none that may be called, or the token cannot stand in a header.</exception>
    public void Use(string baseUrl, string token)
    {
        token = token.Trim();
        if (token.Length == 0 || !token.All(character => character is > ' ' and <= '~'))
            throw new FormatException("The VirtFusion token must be printable ASCII without spaces, and not empty.");

        _target = new(VirtFusionAddress.Parse(baseUrl), token);
    }

    /// <summary>Nothing is sent any more until an address and a token are known again.</summary>
    public void Forget() => _target = null;

    internal sealed record Target(Uri BaseAddress, string Token)
    {
        // The generated one would print the token.
        public override string ToString() => BaseAddress.ToString();
    }
}
