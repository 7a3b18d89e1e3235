using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace SkyPanel.Functions.Settings;

/// <summary>Refuses time spans that .NET reads differently than they look: it takes 24:00:00 and 24 for 24 days.</summary>
internal static partial class TimeSpanTexts
{
    /// <summary>Checks every time span of a section before it is bound.</summary>
    /// <exception cref="OptionsValidationException">One is ambiguous or invalid.</exception>
    public static void Check(Type options, IConfigurationSection section)
    {
        if (Problems(options, section).ToList() is { Count: > 0 } problems)
            throw new OptionsValidationException(section.Path, options, problems);
    }

    // Sections that aren't set are skipped, which also ends the recursion of a type that contains itself.
    private static IEnumerable<string> Problems(Type type, IConfigurationSection section) =>
        !section.Exists() ? []
        : (Nullable.GetUnderlyingType(type) ?? type) == typeof(TimeSpan) ? IsClear(section.Value ?? "") ? [] : [Refusal(section)]
        : type.Assembly == typeof(TimeSpanTexts).Assembly
            ? type.GetProperties().SelectMany(property => Problems(property.PropertyType, section.GetSection(property.Name)))
        : [];

    private static bool IsClear(string text) => Form().IsMatch(text.Trim()) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out _);

    private static string Refusal(IConfigurationSection section) =>
        $"{section.Path} '{section.Value}' must be a time span, hh:mm:ss or d.hh:mm:ss with hours 0 to 23: 00:05:00 is five minutes, " +
            $"1.00:00:00 is one day.";

    [GeneratedRegex(@"^([0-9]+\.)?([01]?[0-9]|2[0-3]):[0-5]?[0-9]:[0-5]?[0-9](\.[0-9]{1,7})?$")]
    private static partial Regex Form();
}
