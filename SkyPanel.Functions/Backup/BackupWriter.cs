using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;

namespace SkyPanel.Functions.Backup;

/// <summary>Copies the database into a zip, as of one instant: COPY of each table, then the manifest. It needs no pg_dump and a fixed
/// amount of memory.</summary>
public sealed class BackupWriter(NpgsqlDataSource database)
{
    public const string ManifestEntry = "manifest.json";
    public const string ManifestSumEntry = "manifest.json.sha256";

    private const string AboutSql = "select now(), current_database()::text as database, current_setting('server_version') as version";
    private const string MigrationsSql = "select scriptname from cron_service.migrations order by scriptname";

    /// <param name="zip">A stream that need not be seekable.</param>
    public async Task<BackupManifest> WriteAsync(Stream zip, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var snapshot = await connection.BeginSnapshotAsync(ct);
        var (takenAt, name, version) = (await connection.QueryAsync(AboutSql,
            row => (row.Get<DateTimeOffset>("now"), row.Get<string>("database"), row.Get<string>("version")), ct))[0];
        var migrations = await connection.QueryAsync<string>(MigrationsSql, ct);
        var tables = await BackupTables.ListAsync(connection, ct);
        // The snapshot doesn't protect from tables being rewritten or dropped meanwhile.
        await connection.ExecuteAsync($"lock table {string.Join(", ", tables.Select(table => table.SqlName))} in access share mode", ct);

        await using var archive = await ZipArchive.CreateAsync(zip, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, ct);
        for (var i = 0; i < tables.Count; i++)
            tables[i] = tables[i] with { Digest = await CopyAsync(connection, tables[i], archive, ct) };
        var manifest = new BackupManifest(BackupManifest.CurrentFormat, takenAt, name, version,
            Assembly.GetExecutingAssembly().GetName().Version!.ToString(3), migrations, tables);
        var json = JsonSerializer.SerializeToUtf8Bytes(manifest, BackupManifest.Json);
        await AddAsync(archive, ManifestEntry, json, ct);
        await AddAsync(archive, ManifestSumEntry, System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(json))), ct);
        return manifest;
    }

    private static async Task<CopyDigest> CopyAsync(NpgsqlConnection connection, BackupTable table, ZipArchive archive,
        CancellationToken ct)
    {
        // Copies the reader's underlying bytes, without decoding and encoding them.
        using var rows = (StreamReader)await connection.BeginTextExportAsync(BackupTables.CopyOutSql(table), ct);
        await using var entry = await archive.CreateEntry(table.Entry, CompressionLevel.Fastest).OpenAsync(ct);
        return await CopyDigest.CopyAsync(rows.BaseStream, entry, ct);
    }

    private static async Task AddAsync(ZipArchive archive, string name, byte[] content, CancellationToken ct)
    {
        await using var entry = await archive.CreateEntry(name, CompressionLevel.Fastest).OpenAsync(ct);
        await entry.WriteAsync(content, ct);
    }
}
