using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Functions.Admin;

/// <summary>How the API writes and reads: camelCase, money as decimal strings, unknown fields refused.</summary>
public static class AdminJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
        Converters = { new MoneyAsText() },
    };

    public static IResult Ok<T>(T answer) => Results.Json(answer, Options);

    public static IResult Accepted<T>(T answer) => Results.Json(answer, Options, statusCode: StatusCodes.Status202Accepted);

    /// <summary>Reads a body that may be absent.</summary>
    /// <exception cref="BadInputException">It is no JSON object, or has a field that is unknown or of the wrong type.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request) where T : new()
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        if (body.Length == 0)
            return new();
        try
        {
            return JsonSerializer.Deserialize<T>(body.ToArray(), Options) ?? throw new BadInputException("body", "must be a JSON object");
        }
        catch (JsonException e)
        {
            throw new BadInputException(e.Path is { Length: > 2 } path ? path[2..] : "body", $"must be a JSON object with {Fields<T>()}");
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
