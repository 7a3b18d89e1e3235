namespace SkyPanel.Functions.Database;

/// <summary>Thrown when the app can't start. The message is one line with the setting, the problem and the allowed values.</summary>
public sealed class StartException(string line) : Exception(line);
