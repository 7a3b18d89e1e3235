namespace SkyPanel.Functions.Backup;

/// <summary>The place that is configured.</summary>
public static class BackupPlaces
{
    /// <summary>What to set where none is.</summary>
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
