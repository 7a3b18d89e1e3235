namespace SkyPanel.Functions.Tests;

/// <summary>Delays tests that count hours or minutes by the real clock until the next full one, if it is near, so that none begins during
/// the test.</summary>
internal static class RealClock
{
    // Longer than such a test takes on a busy machine.
    private static readonly TimeSpan TestOfHours = TimeSpan.FromSeconds(90), TestOfMinutes = TimeSpan.FromSeconds(20);

    public static Task AwayFromAFullHourAsync() => AwayFromAsync(TimeSpan.FromHours(1), TestOfHours);

    public static Task AwayFromAFullMinuteAsync() => AwayFromAsync(TimeSpan.FromMinutes(1), TestOfMinutes);

    private static async Task AwayFromAsync(TimeSpan every, TimeSpan before)
    {
        var left = every - TimeSpan.FromTicks(TimeProvider.System.GetUtcNow().Ticks % every.Ticks);
        if (left <= before)
            await Task.Delay(left + TimeSpan.FromSeconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
    }
}
