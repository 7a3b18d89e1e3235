namespace SkyPanel.Functions.Http;

/// <summary>Thrown when a body doesn't arrive in time. The gate answers 408.</summary>
public sealed class TooSlowException : Exception;
