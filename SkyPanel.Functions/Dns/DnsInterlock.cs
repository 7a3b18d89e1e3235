using Npgsql;
using SkyPanel.Functions.Caching;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Dns;

/// <summary>Watches for the panel's own DNS renewals: while those are at work we renew nothing, or customers would pay twice.</summary>
public sealed class DnsInterlock(NpgsqlDataSource database, Caches caches) : IDisposable
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(5);

    private const string TakeSql = """
        insert into cron_service.dns_interlock (foreign_rows)
        select count(*) from public.transactions t
        where t.type in ('dns_plan_renewal', 'dns_plan_renewal_failed')
          and not exists (select from cron_service.panel_rows p where p.table_name = 'transactions' and p.row_id = t.id::text)
        on conflict (singleton) do update set foreign_rows = excluded.foreign_rows
        """;

    // Rows go with their users: the reading follows them down, so that what comes later still counts.
    private const string ReadSql = """
        with found as (
            select count(*) as foreign_rows from public.transactions t
            where t.type in ('dns_plan_renewal', 'dns_plan_renewal_failed')
              and not exists (select from cron_service.panel_rows p where p.table_name = 'transactions' and p.row_id = t.id::text)
        )
        update cron_service.dns_interlock i set foreign_rows = least(i.foreign_rows, found.foreign_rows) from found
        returning found.foreign_rows - i.foreign_rows
        """;

    // It counts all of a table of the panel's, for which there is no index.
    private readonly Cached<string?> _shown = caches.Keep("dns-interlock", KeptFor, ct => ReadAsync(database, ct));

    /// <summary>Takes the reading that later ones are compared with, at a take-over.</summary>
    public async Task ForgetAsync(CancellationToken ct)
    {
        await Attempt.QueryAsync(database, TakeSql, _ => true, ct);
        _shown.Forget();
    }

    /// <returns>Why nothing may be renewed now; null before a take-over, and while only we renew.</returns>
    public async Task<string?> ReadAsync(CancellationToken ct)
    {
        var reason = await ReadAsync(database, ct);
        _shown.Forget();
        return reason;
    }

    /// <returns>The same for whoever only shows it: five seconds old at most.</returns>
    public Task<string?> ShownAsync(CancellationToken ct) => _shown.GetAsync(ct);

    public void Dispose() => _shown.Dispose();

    // A panel whose transactions are absent, or another's, has no engine that writes them.
    private static async Task<string?> ReadAsync(NpgsqlDataSource database, CancellationToken ct) =>
        await Attempt.QueryAsync(database, ReadSql, row => row.GetInt64(0), ct) is [> 0 and var rows]
            ? $"the panel's own engine renews DNS plans ({rows} rows in transactions since the take-over are not ours): look at what it took, switch it off, then enable dns-renewal again"
            : null;
}
