using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Functions.Admin;

/// <summary>How the API writes and reads: camelCase, money as decimal strings, unknown fields refused.</summary>
public static class AdminJson
{
    /// <summary>Bytes.</summary>
    public const int LargestBody = 64 * 1024;

    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        NumberHandling = JsonNumberHandling.Strict,
        Converters = { new MoneyAsText() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        // Read in a terminal: Zoë and her panel's quotes stay as they are. No browser takes an answer for HTML, by its type and nosniff.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static IResult Ok<T>(T answer) => Results.Json(answer, Options);

    /// <summary>Reads a body that may be absent.</summary>
    /// <exception cref="BadInputException">It is too long, no JSON object, or has a field that is unknown or of the wrong type.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request) where T : new()
    {
        // One byte more than allowed is enough to know; a chunked body doesn't say its length beforehand.
        var body = new byte[LargestBody + 1];
        var length = await request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        if (length > LargestBody)
            throw new BadInputException("body", $"may have {LargestBody} bytes at most");
        if (length == 0)
            return new();
        try
        {
            var read = JsonSerializer.Deserialize<T>(body.AsSpan(0, length), Options) ?? throw new BadInputException("body", "must be a JSON object");
            CheckTexts(read);
            return read;
        }
        catch (JsonException e)
        {
            throw new BadInputException(e.Path is ['$', '.', .. var field] ? field : "body", $"is not as it must be: a JSON object with {Fields<T>()} is allowed");
        }
    }

    // PostgreSQL keeps no text with a zero character.
    private static void CheckTexts<T>(T read)
    {
        foreach (var property in typeof(T).GetProperties().Where(p => p.PropertyType == typeof(string)))
        {
            if (property.GetValue(read) is string text && text.Contains('\0', StringComparison.Ordinal))
                throw new BadInputException(JsonNamingPolicy.CamelCase.ConvertName(property.Name), "must have no zero character");
        }
    }

    private static string Fields<T>() => string.Join(", ", typeof(T).GetProperties().Select(p =>
        $"{JsonNamingPolicy.CamelCase.ConvertName(p.Name)} ({(Nullable.GetUnderlyingType(p.PropertyType) ?? p.PropertyType).Name switch { "Int32" => "integer", "Boolean" => "true or false", _ => "text" }})"));

    private sealed class MoneyAsText : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && decimal.TryParse(reader.GetString(), NumberStyles.Number, CultureInfo.InvariantCulture, out var money)
                ? money : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }
}
