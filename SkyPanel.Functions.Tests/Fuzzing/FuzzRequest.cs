using System.Text;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>What one request is, as bytes.</summary>
/// <param name="Number">With the seed, it says all of the request but the keys and ids of that panel.</param>
/// <param name="Role">Of the valid key that it has; null for none.</param>
/// <param name="IsExact">Method and path are the route's own, and the key is in its header alone: who is let in is decided by the
/// role.</param>
/// <param name="IsLie">It may not be HTTP: it gets a connection of its own, and perhaps no answer.</param>
internal sealed record FuzzRequest(int Number, FuzzRoute Route, Role? Role, bool IsExact, bool IsLie, bool IsHead, byte[] Bytes)
{
    private const int Longest = 3000;

    /// <summary>With what can't be printed as <c>\x00</c>, and without keys.</summary>
    public string Describe(IEnumerable<string> secrets)
    {
        var text = new StringBuilder();
        foreach (var one in Bytes.Take(Longest))
            text.Append(one is >= (byte)' ' and <= (byte)'~' or (byte)'\n' ? (char)one : $"\\x{one:x2}");
        foreach (var secret in secrets)
            text.Replace(secret, $"({Role?.ToString() ?? "no"} key)");
        return text.Replace("\\x0d\n", "\n").Append(Bytes.Length > Longest ? $"… {Bytes.Length} bytes" : "").ToString();
    }
}
