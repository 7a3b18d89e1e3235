using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Http;

/// <summary>Answers with rows as CSV (RFC 4180), with the names and values that they have in JSON.</summary>
public static class Csv
{
    /// <summary>The maximum number of rows of an answer.</summary>
    public const int MaxRows = 100_000;

    private const string MediaType = "text/csv";
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Returns whether CSV is asked for, by the parameter <c>format</c> or, without it, by the header <c>Accept</c>.</summary>
    public static bool IsWanted(HttpRequest request, string? format) =>
        format is null ? request.GetTypedHeaders().Accept is [{ MediaType.Value: MediaType }, ..] : format == "csv";

    public static IResult Answer<T>(string file, IReadOnlyList<T> rows) => Answer(file, rows.ToAsyncEnumerable());

    /// <summary>Answers with a header line and a line for each row.</summary>
    /// <param name="file">The name under which a browser saves it.</param>
    public static IResult Answer<T>(string file, IAsyncEnumerable<T> rows) =>
        Results.Stream(to => WriteAsync(to, rows), $"{MediaType}; charset=utf-8", file);

    /// <summary>Writes a header line and a line for each row.</summary>
    public static async Task WriteAsync<T>(Stream to, IAsyncEnumerable<T> rows)
    {
        await using var writer = new StreamWriter(to, Utf8, leaveOpen: true) { NewLine = "\r\n" };
        var columns = ApiJson.Options.GetTypeInfo(typeof(T)).Properties.Where(column => column.Get is not null).ToList();
        await writer.WriteLineAsync(string.Join(',', columns.Select(column => column.Name)));
        await foreach (var row in rows)
            await writer.WriteLineAsync(string.Join(',', columns.Select(column => Text(column.Get!(row!), column.PropertyType))));
    }

    /// <summary>Quotes a text that a spreadsheet would take for a formula.</summary>
    public static string Cell(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var safe = text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' ? $"'{text}" : text;
        return safe.AsSpan().ContainsAny("\",\r\n") ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    // Only texts can hold a formula: a negative amount stays a number.
    private static string Text(object? value, Type type) => value switch
    {
        null => "",
        string text => Cell(text),
        JsonNode json => Cell(json.ToJsonString()),
        _ => JsonSerializer.SerializeToElement(value, type, ApiJson.Options).ToString(),
    };
}
