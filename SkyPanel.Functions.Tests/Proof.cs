using System.Globalization;

namespace SkyPanel.Functions.Tests;

/// <summary>Sets the number of samples of property tests. <c>SKYPANEL_PROOF_FACTOR</c> multiplies it.</summary>
internal static class Proof
{
    private static readonly int Factor =
        int.Parse(Environment.GetEnvironmentVariable("SKYPANEL_PROOF_FACTOR") ?? "1", CultureInfo.InvariantCulture);

    /// <returns>The number of samples to take, for a number that suffices in a run of all tests.</returns>
    public static int Times(int samples) => samples * Factor;
}
