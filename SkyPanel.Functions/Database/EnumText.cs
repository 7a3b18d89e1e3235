using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SkyPanel.Functions.Database;

/// <summary>Writes an enum as the text that the database and the API use, and reads it back: <c>InDoubt</c> is <c>in_doubt</c>, unless
/// <see cref="JsonStringEnumMemberNameAttribute"/> says otherwise.</summary>
public static class EnumText
{
    public static string Text<T>(this T value) where T : struct, Enum => Names<T>.Texts[value];

    /// <exception cref="KeyNotFoundException">No value is written like this.</exception>
    public static T Parse<T>(string text) where T : struct, Enum => Names<T>.Values[text];

    /// <returns>Null when no value is written like this.</returns>
    public static T? Find<T>(string text) where T : struct, Enum => Names<T>.Values.TryGetValue(text, out var value) ? value : null;

    /// <summary>Lists how the values are written, in their order.</summary>
    public static IEnumerable<string> All<T>() where T : struct, Enum => Enum.GetValues<T>().Select(Text);

    private static class Names<T> where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Texts = Enum.GetValues<T>().ToDictionary(value => value, value =>
            typeof(T).GetField($"{value}")!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name
                ?? JsonNamingPolicy.SnakeCaseLower.ConvertName($"{value}"));
        public static readonly Dictionary<string, T> Values = Texts.ToDictionary(pair => pair.Value, pair => pair.Key);
    }
}

/// <summary>The same in JSON.</summary>
public sealed class EnumTextConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
