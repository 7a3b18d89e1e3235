using Npgsql;

namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>Computes a digest of all rows of every table, except for changes that any request may cause: counts of refusals, the last use
/// of a key, synchronization times of settings, readings of wallets with the resulting standings, and heartbeats.</summary>
internal sealed class TableDigests(NpgsqlDataSource database)
{
    private const string OneSql = """
        select format('select %L, md5(coalesce(string_agg(md5(row::text), '''' order by md5(row::text)), ''''))
                from (select to_jsonb(t) - ''last_used_at'' - ''seen_at'' as row from %I.%I t) r',
                      schemaname || '.' || tablename, schemaname, tablename)
        from pg_tables where schemaname in ('public', 'cron_service')
            and tablename not in ('refusals', 'instances', 'heartbeat', 'wallet_readings', 'standings', 'forecasts')
        """;

    private string? _sql;

    public async Task<Dictionary<string, string>> TakeAsync(CancellationToken ct)
    {
        _sql ??= string.Join("\nunion all\n", (await ReadAsync(OneSql, row => row.GetString(0), ct)));
        return (await ReadAsync(_sql, row => (Table: row.GetString(0), Digest: row.GetString(1)), ct))
            .ToDictionary(row => row.Table, row => row.Digest);
    }

    /// <returns>The request ids of all audit lines after the given one, and the id of the last line.</returns>
    public async Task<(HashSet<string> RequestIds, long LastId)> AuditAsync(long afterId, CancellationToken ct)
    {
        var rows = await ReadAsync($"select id, coalesce(request_id, '') from cron_service.audit where id > {afterId} order by id",
            row => (Id: row.GetInt64(0), Request: row.GetString(1)), ct);
        return ([.. rows.Select(row => row.Request)], rows.Count == 0 ? afterId : rows[^1].Id);
    }

    private async Task<List<T>> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
            rows.Add(read(reader));
        return rows;
    }
}
