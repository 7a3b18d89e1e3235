namespace SkyPanel.Functions.Admin;

/// <summary>Why a person decided something about money: always asked for, always kept.</summary>
public static class Reason
{
    private const int Longest = 500;

    /// <exception cref="BadInputException">It is absent, blank or too long.</exception>
    public static string Require(string? reason) => !string.IsNullOrWhiteSpace(reason) && reason.Length <= Longest
        ? reason : throw new BadInputException("reason", $"must say why, in 1 to {Longest} characters");
}
