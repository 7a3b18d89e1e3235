namespace SkyPanel.Functions.Http;

/// <summary>Thrown when a body is longer than <see cref="ApiJson.LargestBody"/>. The gate answers 413.</summary>
public sealed class TooLargeException : Exception;
