using Npgsql;

namespace SkyPanel.Functions.Database;

/// <summary>A run's right to write: the number of the lease that it took, which grows with each new holder. Whoever was frozen or cut off
/// past its lease finds its number outdated, in the transaction in which it wanted to write.</summary>
public sealed record Fence(string Job, string Holder, long Number)
{
    private const string CheckSql =
        "select from cron_service.leases where job = @job and fencing = @fencing and cron_service.is_held(expires_at)";

    private const string HoldSql = $"{CheckSql} for share";

    /// <summary>In a short transaction of the caller, before it writes, or at the end of a long one: until it ends nobody takes the lease
    /// over, nor is it renewed.</summary>
    /// <exception cref="LeaseLostException">The lease ran out, or another run has taken over.</exception>
    public async Task HoldAsync(NpgsqlConnection connection, CancellationToken ct) =>
        Expect(await connection.QueryAsync(HoldSql, _ => true, ct, ("job", Job), ("fencing", Number)));

    /// <summary>In a long transaction, behind a lock that the next run will wait for before it checks its own.</summary>
    /// <exception cref="LeaseLostException">The lease ran out, or another run has taken over.</exception>
    public async Task CheckAsync(NpgsqlConnection connection, CancellationToken ct) =>
        Expect(await connection.QueryAsync(CheckSql, _ => true, ct, ("job", Job), ("fencing", Number)));

    /// <summary>Before something outside the database is changed, which no transaction can hold.</summary>
    /// <exception cref="LeaseLostException">The lease ran out, or another run has taken over.</exception>
    public async Task CheckAsync(NpgsqlDataSource database, CancellationToken ct) =>
        Expect(await database.QueryAsync(CheckSql, _ => true, ct, ("job", Job), ("fencing", Number)));

    private void Expect(List<bool> held)
    {
        if (held.Count == 0)
            throw new LeaseLostException(Job);
    }
}
