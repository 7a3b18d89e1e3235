using System.Globalization;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Backup;

/// <summary>Makes backups in a place and rotates them. A file that bears a backup's name was read back and is whole.</summary>
public sealed class Backups(BackupWriter writer, NpgsqlDataSource database)
{
    private const string Prefix = "skypanel-";
    private const string Extension = ".zip";
    private const string Unfinished = ".partial";

    /// <summary>Writes under a temporary name, reads it back, names it, and only then removes the oldest beyond
    /// <paramref name="keep"/>.</summary>
    /// <param name="fence">Of the run; checked before each file that is removed, and before the new one gets its name.</param>
    /// <exception cref="BackupException">What was read back isn't what was written.</exception>
    public async Task<BackupDone> MakeAsync(IBackupPlace place, int keep, Fence fence, CancellationToken ct)
    {
        foreach (var left in (await place.ListAsync(ct)).Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)
            && name.EndsWith(Unfinished, StringComparison.Ordinal)))
            await DeleteAsync(place, left, fence, ct);

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

    /// <summary>All that a backup would hold, written nowhere.</summary>
    public Task<BackupManifest> PreviewAsync(CancellationToken ct) => writer.WriteAsync(Stream.Null, ct);

    /// <returns>The backups in a place, oldest first; what was cut off isn't among them.</returns>
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

    // What another run is writing, or has just written, is not for one to remove that has lost its lease.
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

/// <summary>A backup that is whole.</summary>
/// <param name="Bytes">Of the file.</param>
/// <param name="Removed">Older ones that made room for it.</param>
public sealed record BackupDone(string Name, BackupManifest Manifest, long Bytes, int Removed);
