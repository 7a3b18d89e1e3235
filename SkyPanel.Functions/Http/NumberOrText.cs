namespace SkyPanel.Functions.Http;

/// <summary>Reads a decimal that is not money: as a JSON number or as text.</summary>
public sealed class NumberOrText : JsonConverter<decimal>
{
    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType switch
        {
            JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
            JsonTokenType.String => reader.GetString(),
            _ => null,
        };
        return StrictNumber.TryParse(text, out decimal number) ? number : throw new BadNumberException(text, "1.25");
    }

    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
