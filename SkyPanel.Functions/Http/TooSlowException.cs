namespace SkyPanel.Functions.Http;

/// <summary>The caller's body didn't come to its end in time.</summary>
public sealed class TooSlowException : Exception;
