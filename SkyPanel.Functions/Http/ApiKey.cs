using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace SkyPanel.Functions.Http;

/// <summary>Creates keys: <c>skyfn_</c>, an id of eight characters, and 256 random bits in base64url. The fixed prefix lets secret scanners
/// find a committed key.</summary>
public static class ApiKey
{
    private const string Prefix = "skyfn_";
    private const int IdLength = 8;
    private const int SecretBytes = 32;
    private const string IdCharacters = "abcdefghijklmnopqrstuvwxyz234567";
    private static readonly SearchValues<char> IdCharacterSet = SearchValues.Create(IdCharacters);

    public static string NewId() => RandomNumberGenerator.GetString(IdCharacters, IdLength);

    /// <summary>Whether a text has the form of an id.</summary>
    public static bool IsId(string text) => text.Length == IdLength && text.AsSpan().IndexOfAnyExcept(IdCharacterSet) < 0;

    public static string New(string id) => $"{Prefix}{id}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}";

    /// <summary>Returns a key's id; empty for other texts.</summary>
    public static string IdOf(string key) =>
        key.StartsWith(Prefix, StringComparison.Ordinal) && key.Length > Prefix.Length + IdLength && key[Prefix.Length + IdLength] == '_'
            ? key.Substring(Prefix.Length, IdLength) : "";

    public static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
