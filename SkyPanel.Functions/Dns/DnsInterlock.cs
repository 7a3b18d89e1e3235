using Npgsql;
using SkyPanel.Functions.Caching;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Dns;

/// <summary>Watches for the panel's own DNS renewals: while those are at work we renew nothing, or customers would pay twice.</summary>
public sealed class DnsInterlock(NpgsqlDataSource database, Caches caches) : IDisposable
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(5);

    private const string IsBegunSql = "select exists (select from cron_service.watched_tables where watch = 'dns-renewal')";

    private static readonly ForeignRows Renewals = new("dns-renewal", "transactions",
        "t.type in ('dns_plan_renewal', 'dns_plan_renewal_failed')");

    // Where the ids of the panel's table are uuids, it reads all of it.
    private readonly Cached<string?> _shown = caches.Keep("dns-interlock", KeptFor, ct => ReadAsync(database, ct));

    /// <summary>Takes what is there for known, in the transaction of an admin's word to enable the job.</summary>
    public static Task BeginAsync(NpgsqlConnection connection, CancellationToken ct) => Renewals.BeginAsync(connection, ct);

    /// <summary>Makes the next reader that only shows it look again.</summary>
    public void ForgetShown() => _shown.Forget();

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

    private static async Task<string?> ReadAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        var isBegun = (await connection.QueryAsync(IsBegunSql, row => row.GetBoolean(0), ct))[0];
        var rows = isBegun ? await Renewals.CountAsync(connection, ct) : 0;
        await transaction.CommitAsync(ct);
        return rows == 0 ? null
            : $"the panel's own engine renews DNS plans ({rows} rows in transactions since the take-over are not ours): look at what it " +
                $"took, switch it off, then enable dns-renewal again";
    }
}
