using System.IO.Compression;
using System.Security.Cryptography;

namespace SkyPanel.Functions.Backup;

/// <summary>Reads a backup's zip and refuses one that differs from its manifest.</summary>
public sealed class BackupArchive : IAsyncDisposable
{
    private readonly ZipArchive _zip;

    private BackupArchive(ZipArchive zip, BackupManifest manifest) => (_zip, Manifest) = (zip, manifest);

    public BackupManifest Manifest { get; }

    /// <summary>Reads the whole backup and compares every table's rows and checksum with the manifest.</summary>
    /// <param name="file">A seekable stream.</param>
    /// <exception cref="BackupException">It is no backup, or it is damaged.</exception>
    public static async Task<BackupArchive> OpenAsync(Stream file, CancellationToken ct)
    {
        try
        {
            var zip = await ZipArchive.CreateAsync(file, ZipArchiveMode.Read, leaveOpen: true, entryNameEncoding: null, ct);
            var archive = new BackupArchive(zip, await ManifestAsync(zip, ct));
            foreach (var table in archive.Manifest.Tables)
                await archive.CopyAsync(table, Stream.Null, ct);
            return archive;
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or EndOfStreamException or NotSupportedException
            or ArgumentException)
        {
            throw new BackupException($"The backup is damaged or is not a backup: {e.Message}", e);
        }
    }

    /// <summary>Copies a table's rows, in COPY's text format.</summary>
    /// <exception cref="BackupException">They differ from the manifest.</exception>
    public async Task CopyAsync(BackupTable table, Stream to, CancellationToken ct)
    {
        await using var rows = await Entry(_zip, table.Entry).OpenAsync(ct);
        var found = await CopyDigest.CopyAsync(rows, to, ct);
        if (found != table.Digest)
            throw new BackupException($"The backup is damaged: {table.Entry} has {found.Rows} rows with the checksum {found.Sha256}, its " +
                $"manifest says {table.Digest.Rows} with {table.Digest.Sha256}.");
    }

    public ValueTask DisposeAsync() => _zip.DisposeAsync();

    private static async Task<BackupManifest> ManifestAsync(ZipArchive zip, CancellationToken ct)
    {
        var json = await ReadAsync(zip, BackupWriter.ManifestEntry, ct);
        if (Encoding.ASCII.GetString(await ReadAsync(zip, BackupWriter.ManifestSumEntry, ct)) != Convert.ToHexStringLower(
            SHA256.HashData(json)))
            throw new BackupException("The backup is damaged: its manifest has not the checksum that it had.");
        var manifest = JsonSerializer.Deserialize<BackupManifest>(json, BackupManifest.Json)!;
        return manifest.Format == BackupManifest.CurrentFormat ? manifest
            : throw new BackupException($"The backup has format {manifest.Format}, and this build reads {BackupManifest.CurrentFormat}.");
    }

    private static async Task<byte[]> ReadAsync(ZipArchive zip, string name, CancellationToken ct)
    {
        await using var entry = await Entry(zip, name).OpenAsync(ct);
        using var content = new MemoryStream();
        await entry.CopyToAsync(content, ct);
        return content.ToArray();
    }

    private static ZipArchiveEntry Entry(ZipArchive zip, string name) =>
        zip.GetEntry(name) ?? throw new BackupException($"The backup is damaged or is not a backup: it has no {name}.");
}
