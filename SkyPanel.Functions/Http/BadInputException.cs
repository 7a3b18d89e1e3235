namespace SkyPanel.Functions.Http;

/// <summary>The caller's mistake: which field, and what is allowed.</summary>
public sealed class BadInputException(string field, string allowed) : Exception($"{field} {allowed}.")
{
    public string Field { get; } = field;
}
