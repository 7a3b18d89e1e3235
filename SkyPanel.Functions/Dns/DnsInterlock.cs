using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Dns;

/// <summary>Blocks renewals while the panel's own engine renews DNS plans, as customers would pay twice.</summary>
public sealed class DnsInterlock(NpgsqlDataSource database, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan CacheDuration = TimeSpan.FromSeconds(5);

    private const string IsBegunSql = "select exists (select from cron_service.watched_tables where watch = 'dns-renewal')";

    private static readonly ForeignRows Renewals = new("dns-renewal", "transactions",
        "t.type in ('dns_plan_renewal', 'dns_plan_renewal_failed')");

    // Cached for display, as a table with uuids is read completely.
    private readonly Cached<string?> _cached = new(CacheDuration, ct => ReadAsync(database, ct), time);

    /// <summary>Accepts the existing rows, in the transaction in which an admin enables the job.</summary>
    public static Task BeginAsync(NpgsqlConnection connection, CancellationToken ct) => Renewals.BeginAsync(connection, ct);

    /// <summary>Drops the cached reason.</summary>
    public void Invalidate() => _cached.Invalidate();

    /// <returns>The reason why nothing may be renewed now; null before a take-over, and while only we renew.</returns>
    public async Task<string?> ReadAsync(CancellationToken ct)
    {
        var reason = await ReadAsync(database, ct);
        _cached.Invalidate();
        return reason;
    }

    /// <summary>Reads the reason for display, cached for five seconds.</summary>
    public Task<string?> ReadCachedAsync(CancellationToken ct) => _cached.GetAsync(ct);

    public void Dispose() => _cached.Dispose();

    private static async Task<string?> ReadAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        try
        {
            return await ReadTableAsync(database, ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return ForeignRows.Unreadable(e);
        }
    }

    private static async Task<string?> ReadTableAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        var isBegun = await connection.ScalarAsync<bool>(IsBegunSql, ct);
        var rows = isBegun ? await Renewals.CountAsync(connection, ct) : 0;
        await transaction.CommitAsync(ct);
        return rows == 0 ? null
            : $"the panel's own engine renews DNS plans ({rows} rows in transactions since the take-over are not ours): look at what it " +
                $"took, switch it off, then enable dns-renewal again";
    }
}
