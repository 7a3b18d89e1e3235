namespace SkyPanel.Functions.Backup;

/// <summary>Stores backups in a folder, readable only by the user that the app runs as.</summary>
public sealed class FolderPlace(string folder) : IBackupPlace
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Name { get; } = Path.GetFullPath(folder);

    public Task<Stream> CreateAsync(string name, CancellationToken ct)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Name);
        else
            Directory.CreateDirectory(Name, OwnerOnly | UnixFileMode.UserExecute);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        return Task.FromResult<Stream>(new FileStream(Path.Combine(Name, name), options));
    }

    public Task<Stream> OpenAsync(string name, CancellationToken ct)
    {
        try
        {
            return Task.FromResult<Stream>(new FileStream(Path.Combine(Name, name), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16,
                FileOptions.Asynchronous));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BackupException($"There is no backup {name} in {Name}.", e);
        }
    }

    public Task RenameAsync(string name, string newName, CancellationToken ct)
    {
        var path = Path.Combine(Name, name);
        // After a power failure the new name must not exist without the contents.
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
            file.Flush(flushToDisk: true);
        File.Move(path, Path.Combine(Name, newName), overwrite: false);
        return Task.CompletedTask;
    }

    public Task<List<string>> ListAsync(CancellationToken ct) =>
        Task.FromResult(Directory.Exists(Name) ? Directory.GetFiles(Name).Select(file => Path.GetFileName(file)).ToList() : []);

    public Task DeleteAsync(string name, CancellationToken ct)
    {
        File.Delete(Path.Combine(Name, name));
        return Task.CompletedTask;
    }
}
