namespace SkyPanel.Functions.Admin;

/// <summary>The caller's body is longer than <see cref="AdminJson.LargestBody"/>.</summary>
public sealed class TooLargeException : Exception;
