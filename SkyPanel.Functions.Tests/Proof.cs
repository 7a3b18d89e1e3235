using System.Globalization;

namespace SkyPanel.Functions.Tests;

/// <summary>How long a property is tried. <c>SKYPANEL_PROOF_FACTOR</c> tries each that many times as long.</summary>
internal static class Proof
{
    private static readonly int Factor =
        int.Parse(Environment.GetEnvironmentVariable("SKYPANEL_PROOF_FACTOR") ?? "1", CultureInfo.InvariantCulture);

    /// <returns>The number of histories to make up, for one that is enough in each run of all tests.</returns>
    public static int Times(int inEachRun) => inEachRun * Factor;
}
