namespace SkyPanel.Functions.Backup;

/// <summary>Stores backups: a folder, or a container of blobs. Names have no path.</summary>
public interface IBackupPlace
{
    /// <summary>The name for messages, without secrets.</summary>
    string Name { get; }

    /// <summary>Creates a file. It is complete once the stream is disposed.</summary>
    Task<Stream> CreateAsync(string name, CancellationToken ct);

    /// <summary>Opens a file as a seekable stream.</summary>
    /// <exception cref="BackupException">The file doesn't exist.</exception>
    Task<Stream> OpenAsync(string name, CancellationToken ct);

    /// <summary>Renames a file atomically, without overwriting another one.</summary>
    Task RenameAsync(string name, string newName, CancellationToken ct);

    Task<List<string>> ListAsync(CancellationToken ct);

    /// <summary>Deletes a file if it exists.</summary>
    Task DeleteAsync(string name, CancellationToken ct);
}
