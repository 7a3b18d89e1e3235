namespace SkyPanel.Functions.Http;

/// <summary>Writes audit lines as CSV (RFC 4180) or as JSON lines.</summary>
public static class AuditExport
{
    private const string Header = "id,at,actor,action,subject,reason,address,requestId,before,after";
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static async Task CsvAsync(Stream to, IAsyncEnumerable<AuditLine> lines)
    {
        await using var writer = new StreamWriter(to, Utf8, leaveOpen: true) { NewLine = "\r\n" };
        await writer.WriteLineAsync(Header);
        await foreach (var line in lines)
            await writer.WriteLineAsync(string.Join(',', new[]
            {
                line.Id.ToString(CultureInfo.InvariantCulture), line.At.ToString("O", CultureInfo.InvariantCulture), line.Actor,
                line.Action, line.Subject,
                line.Reason, line.Address, line.RequestId, line.Before?.ToJsonString(), line.After?.ToJsonString(),
            }.Select(Cell)));
    }

    public static async Task JsonLinesAsync(Stream to, IAsyncEnumerable<AuditLine> lines)
    {
        await using var writer = new StreamWriter(to, Utf8, leaveOpen: true) { NewLine = "\n" };
        await foreach (var line in lines)
            await writer.WriteLineAsync(JsonSerializer.Serialize(line, ApiJson.Options));
    }

    /// <summary>Quotes a text that a spreadsheet would take for a formula.</summary>
    public static string Cell(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var safe = text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' ? $"'{text}" : text;
        return safe.AsSpan().ContainsAny("\",\r\n") ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}
