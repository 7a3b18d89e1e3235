namespace SkyPanel.Functions.Backup;

/// <summary>Makes backups in a place and rotates them. A file with a backup's name was read back and is complete.</summary>
public sealed class Backups(BackupWriter writer, NpgsqlDataSource database)
{
    private const string Prefix = "skypanel-";
    private const string Extension = ".zip";
    private const string Unfinished = ".partial";

    /// <summary>Writes under a temporary name, reads the file back, renames it, and then removes the oldest beyond
    /// <paramref name="keep"/>.</summary>
    /// <param name="fence">The run's fence, checked before each file is removed or renamed.</param>
    /// <exception cref="BackupException">The file differs from what was written.</exception>
    public async Task<BackupDone> MakeAsync(IBackupPlace place, int keep, Fence fence, CancellationToken ct)
    {
        foreach (var leftover in (await place.ListAsync(ct)).Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)
            && name.EndsWith(Unfinished, StringComparison.Ordinal)))
            await DeleteAsync(place, leftover, fence, ct);

        var unfinished = $"{Prefix}{Guid.NewGuid():N}{Unfinished}";
        try
        {
            BackupManifest written;
            await using (var file = await place.CreateAsync(unfinished, ct))
                written = await writer.WriteAsync(file, ct);
            long bytes;
            await using (var file = await place.OpenAsync(unfinished, ct))
            await using (var read = await BackupArchive.OpenAsync(file, ct))
            {
                if (!read.Manifest.Tables.Select(table => table.Digest).SequenceEqual(written.Tables.Select(table => table.Digest)))
                    throw new BackupException($"The backup that was written to {place.Name} is not the one that was read back.");
                bytes = file.Length;
            }
            var takenAt = written.TakenAt.UtcDateTime.ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture);
            var name = $"{Prefix}{takenAt}{Extension}";
            await fence.CheckAsync(database, ct);
            await place.RenameAsync(unfinished, name, ct);
            return new(name, written, bytes, await RotateAsync(place, keep, fence, ct));
        }
        catch
        {
            await TryDeleteAsync(place, unfinished);
            throw;
        }
    }

    /// <summary>Returns the contents of a backup without storing it.</summary>
    public Task<BackupManifest> PreviewAsync(CancellationToken ct) => writer.WriteAsync(Stream.Null, ct);

    /// <returns>The complete backups in a place, oldest first.</returns>
    public static async Task<List<string>> ListAsync(IBackupPlace place, CancellationToken ct) =>
        [.. (await place.ListAsync(ct)).Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)
            && name.EndsWith(Extension, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private async Task<int> RotateAsync(IBackupPlace place, int keep, Fence fence, CancellationToken ct)
    {
        var removed = (await ListAsync(place, ct)).SkipLast(keep).ToList();
        foreach (var name in removed)
            await DeleteAsync(place, name, fence, ct);
        return removed.Count;
    }

    // A run that has lost its lease must not remove files of another run.
    private async Task DeleteAsync(IBackupPlace place, string name, Fence fence, CancellationToken ct)
    {
        await fence.CheckAsync(database, ct);
        await place.DeleteAsync(name, ct);
    }

    private static async Task TryDeleteAsync(IBackupPlace place, string unfinished)
    {
        try
        {
            await place.DeleteAsync(unfinished, CancellationToken.None);
        }
        // The next backup removes it.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Azure.RequestFailedException or AggregateException)
        {
        }
    }
}

/// <summary>A complete backup.</summary>
/// <param name="Bytes">The size of the file.</param>
/// <param name="Removed">The number of older backups that were removed.</param>
public sealed record BackupDone(string Name, BackupManifest Manifest, long Bytes, int Removed);
