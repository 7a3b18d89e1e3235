namespace SkyPanel.Functions.Http;

/// <summary>The caller's body is longer than <see cref="AdminJson.LargestBody"/>.</summary>
public sealed class TooLargeException : Exception;
