using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.Health;

/// <summary>What was looked at, how it is, and what to do.</summary>
/// <param name="State"><c>ok</c>, <c>warning</c> (it works, not as it should), <c>failing</c>, or <c>off</c> (not configured, and not
/// needed to bill).</param>
/// <param name="Advice">What to do; null when nothing is.</param>
public sealed record Finding(string Name, [property: AllowedValues("ok", "warning", "failing", "off")] string State, string Message,
    string? Advice = null)
{
    /// <summary>Looks, and tells a failure as a finding: one that can't be made doesn't cost the others.</summary>
    public static async Task<Finding> TryAsync(string name, Func<Task<Finding>> look, CancellationToken ct)
    {
        try
        {
            return await look();
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            return Failing(name, $"It can't be looked at: {e.Message.ReplaceLineEndings(" ")}", "Mend what it says, and look again.");
        }
    }

    public static Finding Ok(string name, string message) => new(name, "ok", message);
    public static Finding Off(string name, string message, string advice) => new(name, "off", message, advice);
    public static Finding Warning(string name, string message, string advice) => new(name, "warning", message, advice);
    public static Finding Failing(string name, string message, string advice) => new(name, "failing", message, advice);
}
