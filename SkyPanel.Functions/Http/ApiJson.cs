using System.Text.Encodings.Web;
using System.Text.Json.Serialization.Metadata;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Http;

/// <summary>Reads and writes the API's JSON: camelCase, money as decimal strings, unknown fields refused.</summary>
public static class ApiJson
{
    /// <summary>Bytes.</summary>
    public const int LargestBody = 64 * 1024;

    /// <summary>How long reading a body may take. The largest body fits through any line in this time; a slower client only occupies a
    /// connection.</summary>
    public static readonly TimeSpan MaxUploadTime = TimeSpan.FromSeconds(10);

    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        NumberHandling = JsonNumberHandling.Strict,
        Converters = { new MoneyAsText() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { WriteAllDecimals } },
        // Non-ASCII text and quotes stay readable in a terminal. Browsers don't read an answer as HTML, by its type and nosniff.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static IResult Ok<T>(T answer, int status = 200) => Results.Json(answer, Options, statusCode: status);

    /// <summary>Reads a body that may be absent.</summary>
    /// <exception cref="TooSlowException">The body doesn't arrive in time.</exception>
    /// <exception cref="TooLargeException">The body or its stated length is beyond the limit.</exception>
    /// <exception cref="BadInputException">The body isn't a JSON object, or a field is unknown or invalid.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request) where T : class, new()
    {
        var body = await ReadBytesAsync(request);
        try
        {
            var read = body.Length == 0 ? new T() : JsonSerializer.Deserialize<T>(body.Span, Options)
                ?? throw new BadInputException("body", "must be a JSON object");
            Constraints.Check(read);
            return read;
        }
        catch (JsonException e)
        {
            throw new BadInputException(e.Path is ['$', '.', .. var field] ? field : "body", e is BadNumberException
                ? e.Message : $"is not as it must be: a JSON object with {Fields<T>()} is allowed");
        }
    }

    /// <summary>Reads a body as bytes.</summary>
    /// <exception cref="TooSlowException">The body doesn't arrive in time.</exception>
    /// <exception cref="TooLargeException">The body or its stated length is beyond the limit.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpRequest request)
    {
        if (request.ContentLength > LargestBody)
            throw new TooLargeException();
        // A chunked body has no stated length: one byte more than allowed shows that it is too long.
        var body = new byte[LargestBody + 1];
        var length = await FillAsync(request, body);
        return length > LargestBody ? throw new TooLargeException() : body.AsMemory(0, length);
    }

    /// <summary>Whether a property is an amount of money, and not seconds or tokens.</summary>
    public static bool IsMoney(JsonPropertyInfo property) => (Nullable.GetUnderlyingType(property.PropertyType)
        ?? property.PropertyType) == typeof(decimal)
        && !property.Name.Contains("seconds", StringComparison.OrdinalIgnoreCase)
            && !property.Name.Contains("tokens", StringComparison.OrdinalIgnoreCase);

    private static void WriteAllDecimals(JsonTypeInfo type)
    {
        foreach (var property in type.Properties.Where(IsMoney))
        {
            if (property.Get is { } get)
                property.Get = item => get(item) is decimal amount ? Money.AllDecimals(amount) : null;
        }
    }

    private static async Task<int> FillAsync(HttpRequest request, byte[] body)
    {
        using var tooSlow = CancellationTokenSource.CreateLinkedTokenSource(request.HttpContext.RequestAborted);
        tooSlow.CancelAfter(MaxUploadTime);
        try
        {
            return await request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, tooSlow.Token);
        }
        catch (OperationCanceledException) when (!request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            throw new TooSlowException();
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status408RequestTimeout) // The server's own limit.
        {
            throw new TooSlowException();
        }
        catch (IOException) // The Content-Length or the chunked encoding is invalid.
        {
            throw new BadInputException("body", "doesn't come as the request's headers say");
        }
    }

    private static string Fields<T>() => string.Join(", ", typeof(T).GetProperties().Select(p =>
        $"{Constraints.NameOf(p)} ({Kind(Nullable.GetUnderlyingType(p.PropertyType) ?? p.PropertyType)})"));

    private static string Kind(Type type) => type.Name switch
    {
        "Int32" => "integer",
        "Boolean" => "true or false",
        "String[]" => "array of texts",
        "Int32[]" => "array of integers",
        [.., '[', ']'] => "array of objects",
        _ => Constraints.IsOurs(type) ? "object" : "text",
    };

    private sealed class MoneyAsText : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            return StrictNumber.TryParse(text, out decimal money) ? money : throw new BadNumberException(text, "\"25.00\"");
        }

        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }
}
