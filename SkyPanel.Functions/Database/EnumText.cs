using System.Text.Json;
using System.Text.Json.Serialization;

namespace SkyPanel.Functions.Database;

/// <summary>Writes an enum as the text that the database and the API use, and reads it back: <c>CatchUp</c> is <c>catch-up</c>.</summary>
public static class EnumText
{
    public static string Text<T>(this T value) where T : struct, Enum => Names<T>.Texts[value];

    /// <exception cref="KeyNotFoundException">No value is written like this.</exception>
    public static T Parse<T>(string text) where T : struct, Enum => Names<T>.Values[text];

    private static class Names<T> where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Texts = Enum.GetValues<T>()
            .ToDictionary(value => value, value => JsonNamingPolicy.KebabCaseLower.ConvertName($"{value}"));
        public static readonly Dictionary<string, T> Values = Texts.ToDictionary(pair => pair.Value, pair => pair.Key);
    }
}

/// <summary>The same in JSON.</summary>
public sealed class EnumTextConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) where T
    : struct, Enum;
