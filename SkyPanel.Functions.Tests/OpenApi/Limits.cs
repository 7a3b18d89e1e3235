using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>The attributes by which a value is checked, as JSON Schema says them.</summary>
internal static class Limits
{
    public static bool IsRequired(ICustomAttributeProvider property) => property.IsDefined(typeof(RequiredAttribute), inherit: false);

    public static void Add(JsonObject schema, ICustomAttributeProvider property)
    {
        foreach (var attribute in property.GetCustomAttributes(inherit: false))
        {
            switch (attribute)
            {
                case RangeAttribute range:
                    schema["minimum"] = Convert.ToInt64(range.Minimum, CultureInfo.InvariantCulture);
                    if (Convert.ToInt64(range.Maximum, CultureInfo.InvariantCulture) is var most and < long.MaxValue)
                        schema["maximum"] = most;
                    break;
                case LengthAttribute length:
                    if (length.MinimumLength > 0)
                        schema["minLength"] = length.MinimumLength;
                    schema["maxLength"] = length.MaximumLength;
                    break;
                case RegularExpressionAttribute form:
                    schema["pattern"] = form.Pattern;
                    break;
                case AllowedValuesAttribute choice:
                    schema["enum"] = new JsonArray([.. choice.Values.Select(value => (JsonNode?)JsonValue.Create((string?)value))]);
                    if (schema["type"] is JsonArray)
                        schema["enum"]!.AsArray().Add(null);
                    break;
            }
        }
        // Blanks alone are no text.
        if (IsRequired(property) && schema["enum"] is null)
            schema["pattern"] ??= @"\S";
    }
}
