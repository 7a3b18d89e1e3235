using System.Reflection;

namespace SkyPanel.Functions.Http;

/// <summary>Checks bodies and query parameters against their attributes. The API's document is generated from the same
/// attributes.</summary>
internal static class Constraints
{
    /// <exception cref="BadInputException">A member isn't allowed; names the first, one of an object within as
    /// <c>suspension.graceHours</c>.</exception>
    public static void Check(object read, string prefix = "")
    {
        foreach (var property in read.GetType().GetProperties())
        {
            // PostgreSQL stores no zero character.
            if (property.GetValue(read) is string text && text.Contains('\0', StringComparison.Ordinal))
                throw new BadInputException($"{prefix}{NameOf(property)}", "must have no zero character");
            if (property.GetCustomAttributes<ValidationAttribute>().Any(attribute => !IsAllowed(attribute, property.GetValue(read))))
                throw new BadInputException($"{prefix}{NameOf(property)}", Allowed(property));
            if (IsOurs(property.PropertyType) && property.GetValue(read) is { } within)
                Check(within, $"{prefix}{NameOf(property)}.");
        }
    }

    // The platform's pattern accepts every empty text, and its length every blank one.
    private static bool IsAllowed(ValidationAttribute attribute, object? value) => value switch
    {
        null => attribute is not RequiredAttribute,
        string text when string.IsNullOrWhiteSpace(text)
            && attribute is RegularExpressionAttribute or LengthAttribute { MinimumLength: > 0 } => false,
        _ => attribute.IsValid(value),
    };

    /// <summary>Tells whether a member is an object with members of its own.</summary>
    public static bool IsOurs(Type type) => type is { IsClass: true, IsArray: false } && type.Assembly == typeof(Constraints).Assembly;

    /// <summary>Returns the name of a member in JSON.</summary>
    public static string NameOf(PropertyInfo property) => JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    public static string Allowed(PropertyInfo property) =>
        property.GetCustomAttribute<AllowedValuesAttribute>() is { } choice ? $"must be one of {string.Join(", ", choice.Values)}"
        : property.GetCustomAttribute<RangeAttribute>() is { } range
            ? string.Create(CultureInfo.InvariantCulture, $"must be an integer from {range.Minimum} to {range.Maximum}")
        : property.GetCustomAttribute<RegularExpressionAttribute>() is { } form ? form.ErrorMessage!
        : property.GetCustomAttribute<LengthAttribute>() is { MinimumLength: > 0 } text
            ? $"must have {text.MinimumLength} to {text.MaximumLength} characters, and not only blanks"
        : property.GetCustomAttribute<LengthAttribute>() is { } most ? $"may have {most.MaximumLength} characters at most"
        : "must be given";
}
