namespace SkyPanel.Functions.Backup;

/// <summary>Thrown when a backup can't be made, read or restored. The message gives the reason in one sentence.</summary>
public sealed class BackupException(string message, Exception? inner = null) : Exception(message, inner);
