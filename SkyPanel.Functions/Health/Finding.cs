using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.Health;

/// <summary>What was looked at, how it is, and what to do.</summary>
/// <param name="State"><c>ok</c>, <c>warning</c> (it works, not as it should), <c>failing</c>, or <c>off</c> (not configured, and not needed to bill).</param>
/// <param name="Advice">What to do; null when nothing is.</param>
public sealed record Finding(string Name, [property: AllowedValues("ok", "warning", "failing", "off")] string State, string Message, string? Advice = null)
{
    public static Finding Ok(string name, string message) => new(name, "ok", message);
    public static Finding Off(string name, string message, string advice) => new(name, "off", message, advice);
    public static Finding Warning(string name, string message, string advice) => new(name, "warning", message, advice);
    public static Finding Failing(string name, string message, string advice) => new(name, "failing", message, advice);
}
