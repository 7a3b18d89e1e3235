namespace SkyPanel.Functions.Outgoing;

/// <summary>Makes a foreign text fit for a message of ours: one line without control characters, 300 characters at most.</summary>
internal static class OneLine
{
    private const int Longest = 300;

    public static string Of(string text)
    {
        var plain = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        var line = string.Join(' ', plain.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= Longest ? line : $"{line[..Longest]}…";
    }
}
