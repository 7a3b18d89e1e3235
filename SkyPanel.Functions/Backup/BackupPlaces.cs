namespace SkyPanel.Functions.Backup;

/// <summary>Creates the configured place.</summary>
public static class BackupPlaces
{
    /// <summary>Names the settings to set when no place is configured.</summary>
    public const string None = "there is nowhere to put backups: set Backup:Folder, Backup:ContainerUri or Backup:ConnectionString";

    /// <returns>Null when none is configured.</returns>
    public static IBackupPlace? Of(BackupOptions options) => options switch
    {
        { Folder: { Length: > 0 } folder } => new FolderPlace(folder),
        { ContainerUri: { Length: > 0 } uri } => BlobPlace.Of(new Uri(uri)),
        { ConnectionString: { Length: > 0 } connection } => BlobPlace.Of(connection, options.Container),
        _ => null,
    };
}
