using System.Globalization;

namespace SkyPanel.Benchmarks;

/// <summary>Measures the peak of the process's resident set, as the Linux kernel records it, without sampling.</summary>
internal static class PeakMemory
{
    private const string ResetFile = "/proc/self/clear_refs", StatusFile = "/proc/self/status", PeakLine = "VmHWM:";
    private const string Reset = "5"; // man 5 proc: resets the peak to the present size.

    public static void Begin() => File.WriteAllText(ResetFile, Reset);

    /// <returns>The peak since <see cref="Begin"/>, in bytes.</returns>
    public static long End() => 1024 * long.Parse(
        File.ReadLines(StatusFile).First(line => line.StartsWith(PeakLine, StringComparison.Ordinal))
            .Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
