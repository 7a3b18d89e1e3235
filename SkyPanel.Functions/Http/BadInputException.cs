namespace SkyPanel.Functions.Http;

/// <summary>Thrown when a value from outside isn't allowed. The gate answers 400 with the field and what is allowed.</summary>
public class BadInputException(string field, string allowed) : Exception($"{field} {allowed}.")
{
    public string Field { get; } = field;
}
