using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Panel;

/// <summary>Finds rows of one of the panel's tables that this app did not write and that were not there when an admin last enabled the
/// job.</summary>
/// <remarks>
/// Where ids are numbers, only ids above a settled one are read, by the primary key. An id is settled when no row with it or a lower one
/// can appear any more: who inserts holds a lock on the table from before it draws the id until its transaction ends, so once nobody else
/// holds one, what is committed up to the highest id seen before is all there will ever be. However late a lower id is committed, it is
/// above the settled one. No clock, no transaction id and no order of commits is trusted, and millions of settled rows cost nothing. A row
/// that somebody writes by hand under a settled id is noticed once an hour, when the rows up to it are counted anew. Where ids are uuids
/// there is no order, and the whole table is compared.
/// </remarks>
/// <param name="watch">The job that it is for.</param>
/// <param name="table">In the schema public.</param>
/// <param name="condition">Which of its rows count, as SQL over <c>t</c>.</param>
public sealed class ForeignRows(string watch, string table, string condition = "true")
{
    private const string KindSql = """
        select format_type(atttypid, null) in ('smallint', 'integer', 'bigint')
        from pg_attribute where attrelid = to_regclass('public.' || @table) and attname = 'id' and not attisdropped
        """;

    private const string EnsureSql = """
        insert into cron_service.watched_tables (watch, table_name) values (@watch, @table) on conflict do nothing
        """;

    private const string StateSql = """
        select settled_id, settled_rows, all_rows, counted_at not between now() - interval '1 hour' and now() as is_count_old
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
        update cron_service.watched_tables set settled_id = @settled, settled_rows = @rows, all_rows = @all_rows,
            counted_at = case when @is_counted then now() else counted_at end
        where watch = @watch and table_name = @table
        """;

    private readonly string _newestSql = $"select coalesce(max(id), 0)::bigint from public.{table}";

    private readonly string _countSql = $"select count(*) from public.{table} t where {condition} and t.id > @above and t.id <= @up_to";

    private readonly string _ofOthers = $"""
        from public.{table} t
        where {condition}
          and not exists (select from cron_service.panel_rows p where p.table_name = '{table}' and p.row_id = t.id::text)
        """;

    /// <summary>Name of the table, for a message.</summary>
    public string Table => table;

    private (string, object?)[] Key => [("watch", watch), ("table", table)];

    /// <summary>Takes what is there now for known: only rows that appear from now on count. Inside the caller's transaction.</summary>
    public async Task BeginAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await ReadStateAsync(connection, ct) is not { } state)
            return;
        await connection.ExecuteAsync(ForgetSql, ct, Key);
        // Nobody writes: no row with an id up to the newest can appear. Else each one that is there must be known by itself.
        var settled = state.IsNumbered && !state.IsWritten ? state.NewestId : state.SettledId;
        if (!state.IsNumbered || state.IsWritten)
            await Attempt.TryAsync(connection, () => connection.QueryAsync(
                $"insert into cron_service.foreign_rows (watch, table_name, row_id) select @watch, @table, t.id::text " +
                    $"{_ofOthers}{Above(state)} returning 1",
                _ => true, ct, [.. Key, ("settled", settled)]), ct);
        var all = state.IsNumbered ? await CountAsync(connection, long.MinValue, settled, ct) : 0;
        await SettleAsync(connection, settled, rows: 0, all ?? 0, isCounted: true, ct);
    }

    /// <returns>How many rows of others have appeared since; 0 where the table is absent. Inside the caller's transaction.</returns>
    public async Task<long> FindAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await ReadStateAsync(connection, ct) is not { } state)
            return 0;
        // A table of another shape isn't the panel's engine's.
        var (counted, _) = await Attempt.TryAsync(connection, () => connection.QueryAsync(
            $"select count(*) {_ofOthers} and not exists (select from cron_service.foreign_rows f where f.watch = @watch and " +
                $"f.table_name = @table and f.row_id = t.id::text){Above(state)}",
            row => row.GetInt64(0), ct, [.. Key, ("settled", state.SettledId)]), ct);
        if (counted is not [var since])
            return state.SettledRows;
        if (!state.IsNumbered)
            return state.SettledRows + since;

        // Fewer than before: the panel has tidied up. More: somebody chose an id that was settled.
        var before = state.IsCountOld ? await CountAsync(connection, long.MinValue, state.SettledId, ct) ?? state.AllRows : state.AllRows;
        var late = Math.Max(0, before - state.AllRows);
        var settles = !state.IsWritten && state.NewestId > state.SettledId;
        if (settles || state.IsCountOld)
            await SettleAsync(connection, settles ? state.NewestId : state.SettledId, state.SettledRows + late + (settles ? since : 0),
                before + (settles ? await CountAsync(connection, state.SettledId, state.NewestId, ct) ?? 0 : 0), state.IsCountOld, ct);
        return state.SettledRows + late + since;
    }

    private static string Above(State state) => state.IsNumbered ? " and t.id > @settled" : "";

    // Null for a table without the columns that are asked for.
    private async Task<long?> CountAsync(NpgsqlConnection connection, long above, long upTo, CancellationToken ct) =>
        (await Attempt.TryAsync(connection, () => connection.QueryAsync(_countSql, row => row.GetInt64(0), ct, ("above", above),
            ("up_to", upTo)), ct)).Result is [var rows] ? rows : null;

    private Task<int> SettleAsync(NpgsqlConnection connection, long settled, long rows, long all, bool isCounted, CancellationToken ct) =>
        connection.ExecuteAsync(SettleSql, ct, [.. Key, ("settled", settled), ("rows", rows), ("all_rows", all),
            ("is_counted", isCounted)]);

    // In this order: who held no lock after the newest id was read had committed before the rows are read.
    private async Task<State?> ReadStateAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await connection.QueryAsync(KindSql, row => row.GetBoolean(0), ct, ("table", table)) is not [var isNumbered])
            return null;
        await connection.ExecuteAsync(EnsureSql, ct, Key);
        var (settled, rows, all, isOld) =
            (await connection.QueryAsync(StateSql, row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetBoolean(3)), ct,
            Key))[0];
        var newest = isNumbered ? (await connection.QueryAsync(_newestSql, row => row.GetInt64(0), ct))[0] : 0;
        var isWritten = (await connection.QueryAsync(IsWrittenSql, row => row.GetBoolean(0), ct, ("table", table)))[0];
        return new(isNumbered, settled, rows, all, isOld, newest, isWritten);
    }

    private sealed record State(bool IsNumbered, long SettledId, long SettledRows, long AllRows, bool IsCountOld, long NewestId,
        bool IsWritten);
}
