using System.Text.RegularExpressions;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Backup;

/// <summary>Makes the panel's tables as a backup has them: ids may be serial or uuid, columns may be more or fewer or null, rows may be
/// double or refer to nothing. Nothing of a backup is run as SQL: types and defaults that aren't plain ones are left out, and so is what
/// the panel refuses but for its primary key.</summary>
public static partial class PanelTables
{
    public static async Task MakeAsync(NpgsqlConnection connection, IEnumerable<BackupTable> wanted, CancellationToken ct)
    {
        foreach (var table in wanted)
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
        // Who leaves out a column that had a default must not be refused because that couldn't be kept.
        var isRequired = column.IsRequired && (column.IsKey || column.Default is null || value is not null);
        return $"{BackupTable.Quote(column.Name)} {type}{(isRequired ? " not null" : "")}{value}";
    }

    // However the panel's database makes its keys, there are new ones.
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

    // What begins with reg names things of the database that it was in.
    [GeneratedRegex(@"^(?!reg)[a-z][a-z0-9 ]*(\(\d+(,-?\d+)?\))?( with(out)? time zone)?(\[\])?$")]
    private static partial Regex Type();

    // A text of 36 characters or more.
    [GeneratedRegex(@"^(text|character varying(\((3[6-9]|[4-9]\d|\d{3,})\))?)$")]
    private static partial Regex HoldsUuid();

    // Without its cast: the type may not be there.
    [GeneratedRegex(@"^((?<value>'[^'\\]*')(::[\w .""]+(\(\d+(,-?\d+)?\))?[a-z ]*(\[\])?)?|(?<value>-?\d+(\.\d+)?|true|false|" +
        @"now\(\)|CURRENT_TIMESTAMP|gen_random_uuid\(\)|\(now\(\) AT TIME ZONE 'UTC'::text\)))$", RegexOptions.ExplicitCapture)]
    private static partial Regex Plain();
}
