namespace SkyPanel.Functions.Panel;

/// <summary>Finds rows of one of the panel's tables that this app did not write and that did not exist when an admin last enabled the
/// job.</summary>
/// <remarks>
/// If ids are numbers, only ids above a settled one are read, by the primary key. An id is settled when no row with it or a lower one can
/// appear any more. An insert locks the table from before it draws the id until its transaction ends, so once nobody else holds such a
/// lock, all rows up to the highest id seen before are committed. This relies on no clock, transaction id or order of commits, and settled
/// rows cost nothing. A row inserted by hand with one of the latest million settled ids is found once an hour, when they are counted again.
/// If the newest rows are gone, the table may have been emptied and its ids may start again, so a lower id is settled instead.
/// Uuids have no order, so the whole table is compared.
/// </remarks>
/// <param name="watch">The job that watches the table.</param>
/// <param name="table">A table in the schema public.</param>
/// <param name="condition">Selects the rows that count, as SQL over <c>t</c>.</param>
public sealed class ForeignRows(string watch, string table, string condition = "true")
{
    // As many ids as a fleet of 40,000 servers writes in a day. Counting all would take longer each hour.
    private const long MaxRecountedIds = 1_000_000;

    /// <summary>The condition on a column of <c>pg_attribute</c> that its values are whole numbers, which new rows count up.</summary>
    public const string IsNumberSql = "format_type(atttypid, null) in ('smallint', 'integer', 'bigint')";

    private const string KindSql = $"""
        select {IsNumberSql}
        from pg_attribute where attrelid = to_regclass('public.' || @table) and attname = 'id' and not attisdropped
        """;

    private const string EnsureSql = """
        insert into cron_service.watched_tables (watch, table_name) values (@watch, @table) on conflict do nothing
        """;

    private const string StateSql = """
        select settled_id, settled_rows, counted_from_id, all_rows,
               counted_at not between now() - interval '1 hour' and now() as is_count_old
        from cron_service.watched_tables where watch = @watch and table_name = @table for update
        """;

    // A prepared transaction has no process.
    private const string IsWrittenSql = """
        select exists (select from pg_locks
                       where locktype = 'relation' and database = (select oid from pg_database where datname = current_database())
                         and relation = to_regclass('public.' || @table) and pid is distinct from pg_backend_pid()
                         and mode in ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))
        """;

    private const string ForgetSql = "delete from cron_service.foreign_rows where watch = @watch and table_name = @table";

    private const string SettleSql = """
        update cron_service.watched_tables set settled_id = @settled, settled_rows = @rows, counted_from_id = @counted_from,
            all_rows = @all_rows, counted_at = case when @is_counted then now() else counted_at end
        where watch = @watch and table_name = @table
        """;

    private readonly string _newestSql = $"select coalesce(max(id), 0)::bigint from public.{table}";

    private readonly string _countSql = $"select count(*) from public.{table} t where {condition} and t.id > @above and t.id <= @up_to";

    private readonly string _foreignSql = $"""
        from public.{table} t
        where {condition} and {PanelRows.IsForeignSql(table)}
        """;

    // New rows may get the ids of rows that are gone, and would pass for ours or for old ones. The ids of a former table may have been
    // uuids.
    private readonly string _forgetGoneSql = $"""
        delete from cron_service.panel_rows p where p.table_name = @table and lower(p.ids) > @newest
            and not exists (select from public.{table} t where t.id >= lower(p.ids) and t.id < upper(p.ids));
        update cron_service.panel_rows p set ids = int8range(lower(p.ids), 1 + greatest(@newest, (
            select max(t.id) from public.{table} t where t.id > @newest and t.id < upper(p.ids))))
        where p.table_name = @table and upper(p.ids) > @newest + 1 and lower(p.ids) = (
            select max(lower(o.ids)) from cron_service.panel_rows o where o.table_name = @table and lower(o.ids) <= @newest);
        delete from cron_service.foreign_rows p where p.watch = @watch and p.table_name = @table
            and case when p.row_id ~ '^[0-9]+$' then p.row_id::bigint > @newest
                and not exists (select from public.{table} t where t.id = p.row_id::bigint) end
        """;

    /// <summary>The table's name, for messages.</summary>
    public string Table => table;

    private (string, object?)[] Key => [("watch", watch), ("table", table)];

    /// <summary>Says that a table of the panel may not be read.</summary>
    public static string Unreadable(PostgresException refusal) =>
        $"whether the panel's own engine works can't be told ({refusal.MessageText}): grant the app's role SELECT on the table, and " +
            $"BYPASSRLS if row-level security hides its rows";

    /// <summary>Accepts the existing rows: only rows that appear from now on count. Runs in the caller's transaction.</summary>
    public async Task BeginAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await ReadStateAsync(connection, ct) is not { } state)
            return;
        await connection.ExecuteAsync(ForgetSql, ct, Key);
        // While nobody writes, no row with an id up to the newest can appear. Otherwise each existing row is recorded by its id.
        var settled = state.IsNumbered && !state.IsWritten ? state.NewestId : state.SettledId;
        if (!state.IsNumbered || state.IsWritten)
            await Attempt.TryAsync(connection, () => connection.ExecuteLongAsync(
                $"insert into cron_service.foreign_rows (watch, table_name, row_id) select @watch, @table, t.id::text " +
                    $"{_foreignSql}{Above(state)}", ct, [.. Key, ("settled", settled)]), ct);
        var from = settled - MaxRecountedIds;
        var all = state.IsNumbered ? await CountRowsAsync(connection, from, settled, ct) : 0;
        await SettleAsync(connection, settled, rows: 0, from, all ?? 0, isCounted: true, ct);
    }

    /// <summary>Counts the foreign rows that have appeared since, in the caller's transaction.</summary>
    /// <returns>0 when the table is absent.</returns>
    /// <exception cref="PostgresException">The app's role may not read the table.</exception>
    public async Task<long> CountAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await ReadStateAsync(connection, ct) is not { } state)
            return 0;
        // A table of another shape doesn't belong to the panel's engine.
        var (counted, refusal) = await Attempt.TryAsync(connection, () => connection.QueryLongAsync<long>(
            $"select count(*) {_foreignSql} and not exists (select from cron_service.foreign_rows f where f.watch = @watch and " +
                $"f.table_name = @table and f.row_id = t.id::text){Above(state)}", ct, [.. Key, ("settled", state.SettledId)]), ct);
        if (refusal?.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            throw refusal;
        if (counted is not [var since])
            return state.SettledRows;
        if (!state.IsNumbered)
            return state.SettledRows + since;

        // Fewer than before: the panel deleted some. More: somebody inserted with a settled id.
        var before = (state.IsCountOld ? await CountRowsAsync(connection, state.CountedFrom, state.SettledId, ct) : null) ?? state.AllRows;
        var late = Math.Max(0, before - state.AllRows);
        var settles = !state.IsWritten && state.NewestId > state.SettledId;
        if (!state.IsWritten && state.NewestId < state.SettledId)
        {
            await connection.ExecuteLongAsync(_forgetGoneSql, ct, [.. Key, ("newest", state.NewestId)]);
            var from = state.NewestId - MaxRecountedIds;
            var all = await CountRowsAsync(connection, from, state.NewestId, ct) ?? 0;
            await SettleAsync(connection, state.NewestId, state.SettledRows + late, from, all, isCounted: true, ct);
        }
        else if (settles || state.IsCountOld)
        {
            var settled = settles ? state.NewestId : state.SettledId;
            var from = state.IsCountOld ? Math.Max(state.CountedFrom, settled - MaxRecountedIds) : state.CountedFrom;
            var added = await CountRowsAsync(connection, state.SettledId, settled, ct) ?? 0;
            var left = await CountRowsAsync(connection, state.CountedFrom, from, ct) ?? 0;
            await SettleAsync(connection, settled, state.SettledRows + late + (settles ? since : 0), from, before + added - left,
                state.IsCountOld, ct);
        }
        return state.SettledRows + late + since;
    }

    private static string Above(State state) => state.IsNumbered ? " and t.id > @settled" : "";

    // Null when a column of the condition is missing.
    private async Task<long?> CountRowsAsync(NpgsqlConnection connection, long above, long upTo, CancellationToken ct) =>
        (await Attempt.TryAsync(connection, () => connection.QueryLongAsync<long>(_countSql, ct, ("above", above),
            ("up_to", upTo)), ct)).Result is [var rows] ? rows : null;

    private Task<int> SettleAsync(
        NpgsqlConnection connection, long settled, long rows, long from, long all, bool isCounted, CancellationToken ct) =>
        connection.ExecuteAsync(SettleSql, ct, [.. Key, ("settled", settled), ("rows", rows), ("counted_from", from), ("all_rows", all),
            ("is_counted", isCounted)]);

    // The order matters: whoever holds no lock after the newest id was read has committed before the rows are read.
    private async Task<State?> ReadStateAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await connection.FindAsync<bool?>(KindSql, ct, ("table", table)) is not { } isNumbered)
            return null;
        await connection.ExecuteAsync(EnsureSql, ct, Key);
        var (settled, rows, from, all, isOld) = (await connection.QueryAsync(StateSql,
            row => (row.Get<long>("settled_id"), row.Get<long>("settled_rows"), row.Get<long>("counted_from_id"), row.Get<long>("all_rows"),
                row.Get<bool>("is_count_old")), ct, Key))[0];
        var newest = isNumbered ? await connection.ScalarAsync<long>(_newestSql, ct) : 0;
        var isWritten = await connection.ScalarAsync<bool>(IsWrittenSql, ct, ("table", table));
        return new(isNumbered, settled, rows, from, all, isOld, newest, isWritten);
    }

    private sealed record State(
        bool IsNumbered, long SettledId, long SettledRows, long CountedFrom, long AllRows, bool IsCountOld, long NewestId, bool IsWritten);
}
