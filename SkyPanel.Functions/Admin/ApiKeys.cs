using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace SkyPanel.Functions.Admin;

/// <summary>Knows API keys by their SHA-256: the key itself is kept nowhere.</summary>
public sealed class ApiKeys(IOptions<AdminOptions> options)
{
    private readonly byte[]? _bootstrapHash = string.IsNullOrWhiteSpace(options.Value.BootstrapKey) ? null : Hash(options.Value.BootstrapKey);

    /// <summary>Takes the same time for every wrong key, whatever it has in common with the right one.</summary>
    public Caller? Find(string? key)
    {
        var isBootstrap = CryptographicOperations.FixedTimeEquals(Hash(key ?? ""), _bootstrapHash ?? new byte[SHA256.HashSizeInBytes]);
        return isBootstrap && _bootstrapHash is not null ? new("bootstrap-key", Role.Admin) : null;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
