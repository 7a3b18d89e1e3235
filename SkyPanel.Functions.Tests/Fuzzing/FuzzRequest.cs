using System.Text;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>A request, as bytes.</summary>
/// <param name="Number">Determines the request, with the seed, apart from the panel's keys and ids.</param>
/// <param name="Role">The role of its valid key; null without one.</param>
/// <param name="IsExact">True if method and path are those of the route, and the key is only in its header: then the role alone decides
/// about access.</param>
/// <param name="IsMalformed">True if the bytes may not be HTTP: the request gets a connection of its own, and perhaps no answer.</param>
internal sealed record FuzzRequest(int Number, FuzzRoute Route, Role? Role, bool IsExact, bool IsMalformed, bool IsHead, byte[] Bytes)
{
    private const int Longest = 3000;

    /// <summary>The request as text, without keys, and with unprintable bytes as <c>\x00</c>.</summary>
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
