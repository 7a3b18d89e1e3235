namespace SkyPanel.Functions.Database;

/// <summary>The app can't start, for a reason that one line tells: the setting, what is wrong and what is allowed.</summary>
public sealed class StartException(string line) : Exception(line);
