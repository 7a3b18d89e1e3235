namespace SkyPanel.Functions.Http;

/// <summary>Thrown when a request names something that doesn't exist. The gate answers 404 with the message.</summary>
public sealed class NotFoundException(string message) : Exception(message)
{
    public static NotFoundException NoAccount(int userId) => new($"User {userId} has no account: nothing of theirs was ever enrolled.");
}
