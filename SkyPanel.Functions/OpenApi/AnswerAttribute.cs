namespace SkyPanel.Functions.OpenApi;

/// <summary>What a door answers when it does what it was asked for.</summary>
/// <param name="type">Of the JSON; <see cref="string"/> for other texts.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class AnswerAttribute(int status, Type type, string mediaType = "application/json") : Attribute
{
    public int Status { get; } = status;
    public Type Type { get; } = type;
    public string MediaType { get; } = mediaType;
}
