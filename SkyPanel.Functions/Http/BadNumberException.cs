namespace SkyPanel.Functions.Http;

/// <summary>Thrown when a decimal in a body isn't written as it must be. The serializer adds the field's path.</summary>
public sealed class BadNumberException(string? text, string example)
    : JsonException($"{(text?.Length <= LongestRepeated ? $"'{text}' " : "")}must be at most 28 digits with a point, such as {example}")
{
    private const int LongestRepeated = 40;
}
