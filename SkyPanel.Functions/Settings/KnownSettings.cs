using Microsoft.Extensions.Configuration;

namespace SkyPanel.Functions.Settings;

/// <summary>Lists the settings of one of our sections. Any other name in it stops the start, as a misspelt setting would silently keep
/// its default.</summary>
/// <param name="Section">The section, such as <c>Billing</c>.</param>
/// <param name="Names">The names below it, such as <c>Jwt:Authority</c>.</param>
public sealed record KnownSettings(string Section, IReadOnlyList<string> Names)
{
    /// <summary>Lists the settings that an options class binds.</summary>
    public static KnownSettings Of(string section, Type options) => new(section, [.. NamesOf(options)]);

    /// <summary>Finds settings that nothing reads.</summary>
    /// <returns>A sentence for each.</returns>
    public static IEnumerable<string> FindUnknown(IConfiguration configuration, IEnumerable<KnownSettings> known)
    {
        var sections = known.GroupBy(one => one.Section, one => one.Names, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(section => section.Key, section => section.SelectMany(names => names).ToArray(),
                StringComparer.OrdinalIgnoreCase);
        foreach (var setting in configuration.AsEnumerable().Where(pair => pair.Value is not null).Select(pair => pair.Key))
        {
            if (setting.Split(':', 2) is not { Length: 2 } parts)
                continue;
            if (sections.TryGetValue(parts[0], out var names))
            {
                if (!names.Contains(parts[1], StringComparer.OrdinalIgnoreCase))
                    yield return $"{setting} is not a setting. The nearest is {parts[0]}:{Nearest(parts[1], names)}.";
            }
            else if (Nearest(parts[0], sections.Keys) is { } near && Distance(parts[0], near) == 1)
            {
                yield return $"{setting} is not a setting: there is no section {parts[0]}. The nearest is {near}.";
            }
        }
    }

    private static IEnumerable<string> NamesOf(Type options) => options.GetProperties().Where(property => property.CanWrite)
        .SelectMany(property =>
        property.PropertyType.Assembly == options.Assembly && property.PropertyType.IsClass
            ? NamesOf(property.PropertyType).Select(name => $"{property.Name}:{name}")
        : [property.Name]);

    private static string? Nearest(string name, IEnumerable<string> names) => names.MinBy(known => Distance(name, known));

    // Levenshtein distance, ignoring case.
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var cost = char.ToUpperInvariant(one[i - 1]) == char.ToUpperInvariant(other[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost));
            }
        }
        return row[^1];
    }
}
