using System.Text.RegularExpressions;

namespace SkyPanel.Functions.Backup;

/// <summary>Creates the panel's tables with the columns of a backup, whatever they are. No text of a backup is executed as SQL: only known
/// forms of types and defaults are used, and of the constraints only primary keys and required columns.</summary>
public static partial class PanelTables
{
    public static async Task CreateAsync(NpgsqlConnection connection, IEnumerable<BackupTable> tables, CancellationToken ct)
    {
        foreach (var table in tables)
            await connection.ExecuteAsync(CreateSql(table), ct);
    }

    private static string CreateSql(BackupTable table)
    {
        var lines = table.Columns.Select(Line).ToList();
        if (table.Columns.Any(column => column.IsKey))
        {
            var key = table.Columns.Where(column => column.IsKey).Select(column => BackupTable.Quote(column.Name));
            lines.Add($"primary key ({string.Join(", ", key)})");
        }
        return $"create table {table.SqlName} ({string.Join(", ", lines)})";
    }

    private static string Line(BackupColumn column)
    {
        var type = Type().IsMatch(column.Type) ? column.Type : "text";
        var value = DefaultSql(column, type);
        // Without its default a column isn't required: inserts may rely on it.
        var isRequired = column.IsRequired && (column.IsKey || column.Default is null || value is not null);
        return $"{BackupTable.Quote(column.Name)} {type}{(isRequired ? " not null" : "")}{value}";
    }

    // Keys get a new sequence or generated uuid.
    private static string? DefaultSql(BackupColumn column, string type) => column switch
    {
        { Default: null } => null,
        { Default: var plain } when Plain().Match(plain) is { Success: true } match => $" default {match.Groups["value"].Value}",
        { IsRequired: true } when type is "smallint" or "integer" or "bigint" && (column.IsKey || IsCounter(column.Default)) =>
            $" {BackupColumn.Identity}",
        { IsKey: true } when type is "uuid" || HoldsUuid().IsMatch(type) => " default gen_random_uuid()",
        _ => null,
    };

    private static bool IsCounter(string value) => value == BackupColumn.Identity || value.StartsWith("nextval(", StringComparison.Ordinal);

    // Types that begin with reg refer to objects of the old database.
    [GeneratedRegex(@"^(?!reg)[a-z][a-z0-9 ]*(\(\d+(,-?\d+)?\))?( with(out)? time zone)?(\[\])?$")]
    private static partial Regex Type();

    // A text of 36 characters or more.
    [GeneratedRegex(@"^(text|character varying(\((3[6-9]|[4-9]\d|\d{3,})\))?)$")]
    private static partial Regex HoldsUuid();

    // Without its cast, as the type may be missing.
    [GeneratedRegex(@"^((?<value>'[^'\\]*')(::[\w .""]+(\(\d+(,-?\d+)?\))?[a-z ]*(\[\])?)?|(?<value>-?\d+(\.\d+)?|true|false|" +
        @"now\(\)|CURRENT_TIMESTAMP|gen_random_uuid\(\)|\(now\(\) AT TIME ZONE 'UTC'::text\)))$", RegexOptions.ExplicitCapture)]
    private static partial Regex Plain();
}
