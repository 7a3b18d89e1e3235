using System.Text.Json;

namespace SkyPanel.Functions.Backup;

/// <summary>What a backup holds, as <c>manifest.json</c> tells it.</summary>
/// <param name="Format">How the file is laid out.</param>
/// <param name="TakenAt">The instant of its snapshot, by the database's clock.</param>
/// <param name="Migrations">The scripts that had made the schema, in order.</param>
/// <param name="Tables">Each after those that it refers to.</param>
public sealed record BackupManifest(
    int Format, DateTimeOffset TakenAt, string Database, string DatabaseVersion, string AppVersion, IReadOnlyList<string> Migrations, IReadOnlyList<BackupTable> Tables)
{
    public const int CurrentFormat = 1;

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public long Rows => Tables.Sum(table => table.Digest.Rows);
}

/// <summary>A table, and what its rows came to.</summary>
public sealed record BackupTable(string Schema, string Name, IReadOnlyList<BackupColumn> Columns, CopyDigest Digest)
{
    /// <summary>Its file in the backup.</summary>
    public string Entry => $"{Schema}.{Name}.copy";

    public string SqlName => $"{Quote(Schema)}.{Quote(Name)}";
    public string SqlColumns => string.Join(", ", Columns.Select(column => Quote(column.Name)));

    public static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <param name="Type">As PostgreSQL writes it; text for a type of the database's own.</param>
/// <param name="Default">As PostgreSQL writes it.</param>
public sealed record BackupColumn(string Name, string Type, bool IsRequired, bool IsKey, string? Default);
