namespace SkyPanel.Functions.Jobs;

/// <summary>Grants the right to run a job until an instant of the database's clock. A lease only avoids duplicate work; keys and locks
/// prevent duplicate charges.</summary>
public sealed class Leases(NpgsqlDataSource database, IOptions<JobOptions> options)
{
    private const string AcquireSql = """
        insert into cron_service.leases as l (job, holder, acquired_at, expires_at)
            values (@job, @holder, clock_timestamp(), clock_timestamp() + @time_to_live)
        on conflict (job) do update
            set holder = excluded.holder, fencing = l.fencing + 1, acquired_at = excluded.acquired_at, expires_at = excluded.expires_at
            where not cron_service.is_leased(l.expires_at)
        returning fencing
        """;

    private const string RenewSql = """
        update cron_service.leases set expires_at = clock_timestamp() + @time_to_live
            where job = @job and holder = @holder and fencing = @fencing and cron_service.is_leased(expires_at)
        """;

    private const string ReleaseSql =
        "update cron_service.leases set expires_at = clock_timestamp() where job = @job and holder = @holder and fencing = @fencing";
    private const string LeasedSql = "select job from cron_service.leases where cron_service.is_leased(expires_at)";

    public TimeSpan TimeToLive => options.Value.LeaseTimeToLive;

    /// <returns>The fence; null while another run has the lease.</returns>
    public Task<Fence?> AcquireAsync(string job, string holder, CancellationToken ct) =>
        database.FindAsync(AcquireSql, row => new Fence(job, holder, row.Get<long>("fencing")), ct, ("job", job), ("holder", holder),
            ("time_to_live", TimeToLive));

    /// <returns>False when the lease expired or was taken over: the run must stop.</returns>
    public async Task<bool> RenewAsync(Fence fence, CancellationToken ct) =>
        await database.ExecuteAsync(RenewSql, ct, ("job", fence.Job), ("holder", fence.Holder), ("fencing", fence.Number),
            ("time_to_live", TimeToLive)) == 1;

    public Task ReleaseAsync(Fence fence) =>
        database.ExecuteAsync(ReleaseSql, CancellationToken.None, ("job", fence.Job), ("holder", fence.Holder), ("fencing", fence.Number));

    /// <returns>The jobs with a lease.</returns>
    public async Task<IReadOnlySet<string>> LeasedAsync(CancellationToken ct) =>
        (await database.QueryAsync<string>(LeasedSql, ct)).ToHashSet();
}
