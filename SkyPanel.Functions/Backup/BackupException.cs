namespace SkyPanel.Functions.Backup;

/// <summary>A backup can't be made, read or restored, for a reason that one sentence tells.</summary>
public sealed class BackupException(string message, Exception? inner = null) : Exception(message, inner);
