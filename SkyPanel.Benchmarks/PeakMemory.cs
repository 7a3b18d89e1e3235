using System.Globalization;

namespace SkyPanel.Benchmarks;

/// <summary>The process's largest resident set since a moment, as Linux keeps it: nothing is sampled, so nothing is added and nothing
/// missed.</summary>
internal static class PeakMemory
{
    private const string ResetFile = "/proc/self/clear_refs", StatusFile = "/proc/self/status", PeakLine = "VmHWM:";
    private const string Reset = "5"; // man 5 proc: resets the peak to what is resident now.

    public static void Begin() => File.WriteAllText(ResetFile, Reset);

    /// <returns>Bytes.</returns>
    public static long End() => 1024 * long.Parse(
        File.ReadLines(StatusFile).First(line => line.StartsWith(PeakLine, StringComparison.Ordinal))
            .Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
