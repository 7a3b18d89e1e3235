namespace SkyPanel.Functions.Http;

/// <summary>Declares an answer of an HTTP function, for the API's document.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="type">The type of the JSON; <see cref="string"/> for other texts, <see cref="void"/> for none.</param>
/// <param name="mediaType">The content type.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class AnswerAttribute(int status, Type type, string mediaType = "application/json") : Attribute
{
    public int Status { get; } = status;
    public Type Type { get; } = type;
    public string MediaType { get; } = mediaType;
}
