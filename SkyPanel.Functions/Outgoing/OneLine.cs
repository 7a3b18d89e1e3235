namespace SkyPanel.Functions.Outgoing;

/// <summary>What somebody else wrote, for a message of ours: one line, and no endless one.</summary>
internal static class OneLine
{
    private const int Longest = 300;

    public static string Of(string text)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= Longest ? line : $"{line[..Longest]}…";
    }
}
