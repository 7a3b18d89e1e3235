namespace SkyPanel.Functions.Backup;

/// <summary>Where backups are kept: a folder, or a container of blobs. Names have no path.</summary>
public interface IBackupPlace
{
    /// <summary>For people; without secrets.</summary>
    string Name { get; }

    /// <summary>A new file, written forwards only. What was written is there once the stream is disposed.</summary>
    Task<Stream> CreateAsync(string name, CancellationToken ct);

    /// <exception cref="BackupException">There is none of that name.</exception>
    /// <returns>A stream that can seek.</returns>
    Task<Stream> OpenAsync(string name, CancellationToken ct);

    /// <summary>All or nothing, and never over another file.</summary>
    Task RenameAsync(string name, string newName, CancellationToken ct);

    Task<List<string>> ListAsync(CancellationToken ct);

    /// <summary>Nothing happens when there is none of that name.</summary>
    Task DeleteAsync(string name, CancellationToken ct);
}
