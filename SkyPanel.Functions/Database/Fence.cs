namespace SkyPanel.Functions.Database;

/// <summary>A run's right to write: the number of its lease, which grows with each new holder. A process that was frozen past the end of
/// its lease finds its number outdated when it writes.</summary>
public sealed record Fence(string Job, string Holder, long Number)
{
    // A failover to a standby that lacked the latest lease gives its number again, to another holder.
    private const string CheckSql =
        "select true from cron_service.leases where job = @job " +
        "and holder = @holder and fencing = @fencing and cron_service.is_leased(expires_at)";

    private const string CheckAndLockSql = $"{CheckSql} for share";

    /// <summary>Checks the lease and locks it against take-over and renewal until the caller's transaction ends: before the writes of a
    /// short one, or at the end of a long one.</summary>
    /// <exception cref="LeaseLostException">The lease expired or was taken over.</exception>
    public async Task CheckAndLockAsync(NpgsqlConnection connection, CancellationToken ct) =>
        Expect(await connection.FindAsync<bool>(CheckAndLockSql, ct, ("job", Job), ("holder", Holder), ("fencing", Number)));

    /// <summary>Checks the lease in a long transaction, under a lock that the next run needs before its own check.</summary>
    /// <exception cref="LeaseLostException">The lease expired or was taken over.</exception>
    public async Task CheckAsync(NpgsqlConnection connection, CancellationToken ct) =>
        Expect(await connection.FindAsync<bool>(CheckSql, ct, ("job", Job), ("holder", Holder), ("fencing", Number)));

    /// <summary>Checks the lease before a change outside of the database.</summary>
    /// <exception cref="LeaseLostException">The lease expired or was taken over.</exception>
    public async Task CheckAsync(NpgsqlDataSource database, CancellationToken ct) =>
        Expect(await database.FindAsync<bool>(CheckSql, ct, ("job", Job), ("holder", Holder), ("fencing", Number)));

    private void Expect(bool isHeld)
    {
        if (!isHeld)
            throw new LeaseLostException(Job);
    }
}
