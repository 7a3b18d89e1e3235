using System.Globalization;

namespace SkyPanel.Functions.Tests;

/// <summary>Sets how much the long proofs try: a run of all tests takes samples. <c>SKYPANEL_PROOF_FACTOR</c> multiplies the samples of
/// property tests, and with it, even 1, every case of a sampled table runs.</summary>
internal static class Proof
{
    private static readonly string? Given = Environment.GetEnvironmentVariable("SKYPANEL_PROOF_FACTOR");
    private static readonly int Factor = int.Parse(Given ?? "1", CultureInfo.InvariantCulture);

    /// <summary>Whether all cases run.</summary>
    public static bool IsWhole => Given is not null;

    /// <returns>The number of samples to take, for a number that suffices in a run of all tests.</returns>
    public static int Times(int samples) => samples * Factor;

    /// <returns>That many of the cases, evenly spread from the first on; all of them in a whole proof.</returns>
    public static IEnumerable<T> Cases<T>(int count, params IReadOnlyList<T> cases) =>
        IsWhole ? cases : Enumerable.Range(0, Math.Min(count, cases.Count)).Select(index => cases[index * cases.Count / count]);
}
