using System.Reflection;

namespace SkyPanel.Functions.Database;

/// <summary>Converts enums to the texts of the database and the API and back: <c>InDoubt</c> is <c>in_doubt</c>, unless
/// <see cref="JsonStringEnumMemberNameAttribute"/> says otherwise.</summary>
public static class EnumText
{
    public static string Text<T>(this T value) where T : struct, Enum => Names<T>.Texts[value];

    /// <exception cref="KeyNotFoundException">No value has this text.</exception>
    public static T Parse<T>(string text) where T : struct, Enum => ByText<T>.Values![text];

    /// <returns>The value; null when no value has this text.</returns>
    public static T? Find<T>(string text) where T : struct, Enum => ByText<T>.Values!.TryGetValue(text, out var value) ? value : null;

    /// <summary>Lists the texts of the values, in order.</summary>
    public static IEnumerable<string> All<T>() where T : struct, Enum => Enum.GetValues<T>().Select(Text);

    /// <returns>The values by their texts; null when the type is neither an enum nor a nullable one.</returns>
    internal static IReadOnlyDictionary<string, T>? Values<T>() => ByText<T>.Values;

    private static class Names<T> where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Texts = ByText<T>.Values!.ToDictionary(pair => pair.Value, pair => pair.Key);
    }

    private static class ByText<T>
    {
        private static readonly Type Type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);

        public static readonly Dictionary<string, T>? Values = !Type.IsEnum ? null
            : Type.GetFields(BindingFlags.Public | BindingFlags.Static).ToDictionary(field =>
                field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name
                    ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(field.Name),
                field => (T)field.GetValue(null)!);
    }
}

/// <summary>Converts enums in JSON.</summary>
public sealed class EnumTextConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
