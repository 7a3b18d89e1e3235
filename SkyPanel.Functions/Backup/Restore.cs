using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Backup;

/// <summary>Loads a backup, in one transaction, into a database without our schema.</summary>
public sealed class Restore(NpgsqlDataSource database, Integrity integrity, LedgerOptions ledger)
{
    private const string OursSql =
        "select count(*) from pg_class where relnamespace = to_regnamespace('cron_service') and relkind in ('r', 'p', 'v', 'm')";
    private const string PanelSql = "select exists (select from pg_tables where schemaname = 'public' and tablename = any(@panel))";

    private const string SequencesSql = """
        select format('%I.%I', n.nspname, c.relname) as table_name, format('%I', a.attname) as column_name,
            pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) as sequence
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where n.nspname || '.' || c.relname = any(@tables)
            and pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) is not null
        """;

    // Others know these rows by their ids, of which none that was used after the backup may be used again: VirtFusion debits and top-ups,
    // the panel top-ups, receivers of webhooks and mail notices.
    private static readonly string[] KnownOutside = ["cron_service.debits", "cron_service.notices", "cron_service.top_ups"];
    private const long Gap = 1_000_000;

    /// <param name="name">The backup's name, for the audit.</param>
    /// <param name="asOf">The instant until which hours are held; null, in production, for the database's clock.</param>
    /// <exception cref="BackupException">The backup is damaged or newer than this build, or the database has our schema.</exception>
    public async Task<RestoreReport> LoadAsync(Stream file, string name, DateTimeOffset? asOf, CancellationToken ct)
    {
        await using var archive = await BackupArchive.OpenAsync(file, ct);
        var manifest = archive.Manifest;
        if (manifest.Migrations.Except(Migrator.Scripts).ToList() is { Count: > 0 } unknown)
            throw new BackupException($"The backup was made by version {manifest.AppVersion}, whose schema this build doesn't know " +
                $"({string.Join(", ", unknown)}): restore it with that version or a later one.");
        if (manifest.Tables.FirstOrDefault(table => !IsKnown(table)) is { } strange)
            throw new BackupException($"The backup has the table {strange.Schema}.{strange.Name}, which no backup holds.");

        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAloneAsync(ct);
        await Migrator.LockAsync(connection, ct);
        if (await connection.ScalarAsync<long>(OursSql, ct) is > 0 and var ours)
            throw new BackupException($"The database {connection.Database} holds {ours} tables in the schema cron_service already: " +
                $"restore into one that has none.");
        var hasPanel = await connection.ScalarAsync<bool>(PanelSql, ct, ("panel", BackupTables.Panel));
        await Migrator.RunAsync(connection, manifest.Migrations, ct);

        var tables = manifest.Tables.Where(table => table.Schema == "cron_service" || !hasPanel).ToList();
        if (!hasPanel)
            await PanelTables.CreateAsync(connection, tables.Where(table => table.Schema == "public"), ct);
        // Triggers are off: the amounts that they maintain are in the backup, and they refuse the changes below. Foreign keys stay in
        // force.
        await SwitchTriggersAsync(connection, tables, "disable", ct);
        // The rows that the migrations inserted are in the backup too.
        await connection.ExecuteAsync($"truncate {string.Join(", ", tables.Select(table => table.SqlName))}", ct);
        foreach (var table in tables)
            await LoadAsync(connection, archive, table, ct);
        await SetSequencesAsync(connection, tables, ct);
        var aftermath = await Aftermath.WriteAsync(connection, name, manifest.TakenAt, asOf, ledger, !hasPanel, ct);
        await SwitchTriggersAsync(connection, tables, "enable", ct);
        await connection.ExecuteAsync($"analyze {string.Join(", ", tables.Select(table => table.SqlName))}", ct);
        await transaction.CommitAsync(ct);
        return new(manifest, !hasPanel, aftermath, await integrity.CheckAsync(ct));
    }

    private static bool IsKnown(BackupTable table) => table.Schema == "cron_service" || table.Schema == "public"
        && BackupTables.Panel.Contains(table.Name);

    private static async Task LoadAsync(NpgsqlConnection connection, BackupArchive archive, BackupTable table, CancellationToken ct)
    {
        try
        {
            await using var rows = (StreamWriter)await connection.BeginTextImportAsync(
                $"copy {table.SqlName} ({table.SqlColumns}) from stdin", ct);
            await archive.CopyAsync(table, rows.BaseStream, ct);
        }
        catch (PostgresException e)
        {
            throw new BackupException($"The rows of {table.Schema}.{table.Name} can't be loaded: {e.MessageText}", e);
        }
    }

    private static async Task SwitchTriggersAsync(NpgsqlConnection connection, IEnumerable<BackupTable> tables, string how,
        CancellationToken ct) =>
        await connection.ExecuteAsync(string.Join("; ", tables.Select(table => $"alter table {table.SqlName} {how} trigger user")), ct);

    private static async Task SetSequencesAsync(NpgsqlConnection connection, IEnumerable<BackupTable> tables, CancellationToken ct)
    {
        var sequences = await connection.QueryAsync(SequencesSql, row => (
            row.Get<string>("table_name"), row.Get<string>("column_name"), row.Get<string>("sequence")), ct,
            ("tables", tables.Select(table => $"{table.Schema}.{table.Name}").ToArray()));
        foreach (var (table, column, sequence) in sequences)
            await connection.ExecuteAsync($"select setval(@sequence::regclass, least(greatest(max({column}), 0)::numeric + @gap + 1, " +
                $"(select seqmax from pg_sequence where seqrelid = @sequence::regclass))::bigint, false) from {table}", ct,
                ("sequence", sequence), ("gap", KnownOutside.Contains(table) ? Gap : 0L));
    }
}

/// <summary>The result of a restore.</summary>
/// <param name="IsPanelLoaded">False when the database had tables of the panel, which stay as they are.</param>
public sealed record RestoreReport(BackupManifest Manifest, bool IsPanelLoaded, Aftermath Aftermath, IntegrityReport Integrity);
