namespace SkyPanel.Functions.Database;

/// <summary>Thrown when the app can't start, with one line that names the setting, what is wrong and what is allowed.</summary>
public sealed class StartException(string line) : Exception(line);
