using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Customers;

/// <summary>Orders the suspension of accounts whose grace period is over. Beyond the policy's bound it suspends none, and a hold asks a
/// person.</summary>
public sealed class PolicyRun(
    NpgsqlDataSource database, SuspensionClaims claims, Interlock interlock, Pauses pauses, IOptions<LedgerOptions> ledger,
        ILogger<PolicyRun> logger)
{
    // One run at a time: two runs together could exceed the bound.
    private const string LockSql = $"select pg_try_advisory_xact_lock({AdvisoryLocks.SuspensionPolicy})";

    // A rejection lasts until the account has money again; an approval lasts for a day.
    private const string DueSql = $"""
        select o.account_id, o.available, o.below_since, exists (select from cron_service.suspension_holds h
                   where o.account_id = any(h.account_ids) and h.state = 'approved'
                       and h.decided_at > greatest(o.below_since, now() - interval '1 day')) as is_approved
        from cron_service.suspension_outlook(@tokens_per_unit, @read_within, @observed_within, null) o
        where o.obstacle is null and o.due_at <= now()
          and not exists (select from cron_service.suspension_holds h
                          where o.account_id = any(h.account_ids) and h.state = 'rejected' and h.decided_at > o.below_since)
          and exists (select from cron_service.enrolments e join cron_service.uptime u on u.server_id = e.server_id and u.is_current
              and u.is_billable
                      where e.user_id = o.user_id and e.enrolment_id is not null and e.problem is null
                        and {SuspensionOrders.MayOrderSql})
        order by o.account_id
        """;

    // Counts pending orders too.
    private const string BoundSql = """
        select cron_service.most_suspensions((select count(*) from cron_service.accounts where kind = 'customer')) as bound,
               (select count(distinct account_id) from cron_service.suspensions where state = 'ordered' and ordered_by = 'policy')::integer
                   as under_way,
               exists (select from cron_service.suspension_holds where state = 'open') as is_held
        """;

    private const string HoldSql = "insert into cron_service.suspension_holds (account_ids, reason) values (@account_ids, @reason)";

    /// <returns>The number of servers ordered to be suspended.</returns>
    public async Task<int> OrderAsync(CancellationToken ct)
    {
        var policy = await Policy.ReadAsync(database, ct);
        if (policy.Suspension is not { Enabled: true, DryRun: false } || (await FindDueAsync(ct)).Count == 0)
            return 0;
        if (await FindObstacleAsync(ct) is not null)
            return 0;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        if (!await connection.ScalarAsync<bool>(LockSql, ct))
            return 0;
        var servers = await OrderAsync(connection, ct);
        await transaction.CommitAsync(ct);
        return servers;
    }

    /// <returns>What keeps the policy from suspending anybody: a pause of all jobs, or another engine that bills; null if
    /// nothing does.</returns>
    public Task<string?> FindObstacleAsync(CancellationToken ct) => FindObstacleAsync(interlock.ReadAsync, ct);

    /// <returns>The same without a call to VirtFusion.</returns>
    public Task<string?> FindKnownObstacleAsync(CancellationToken ct) => FindObstacleAsync(interlock.ReadDatabaseAsync, ct);

    /// <summary>Finds the accounts that the policy may suspend now, also in a dry run.</summary>
    public Task<List<DueAccount>> FindDueAsync(CancellationToken ct) =>
        database.QueryAsync<DueAccount>(DueSql, ct, claims.Limits(Standings.Fresh));

    private async Task<string?> FindObstacleAsync(Func<CancellationToken, Task<string?>> readInterlock, CancellationToken ct) =>
        await pauses.FindAsync(Pauses.All, ct) is { } pause ? Forbidden(pause.ToString())
            : await readInterlock(ct) is { } reason ? Forbidden(reason) : null;

    private static string Forbidden(string reason) => $"the policy suspends nobody now: {reason}";

    private async Task<int> OrderAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var due = await connection.QueryAsync<DueAccount>(DueSql, ct, claims.Limits(Standings.Fresh));
        var (bound, underWay, isHeld) = (await connection.QueryAsync(BoundSql,
            row => (row.Get<int>("bound"), row.Get<int>("under_way"), row.Get<bool>("is_held")), ct))[0];
        var wanted = due.Where(account => !account.IsApproved).ToList();
        var isBeyond = wanted.Count + underWay > bound;
        if (wanted.Count > 0 && isBeyond && !isHeld)
        {
            await connection.ExecuteAsync(HoldSql, ct, ("account_ids", wanted.Select(account => account.AccountId).ToArray()),
                ("reason", $"{wanted.Count} accounts are due{(underWay > 0 ? $" and {underWay} are being suspended" : "")}: one run may " +
                    $"suspend {bound}"));
            logger.LogWarning("{Accounts} accounts are due to be suspended, and one run may suspend {Bound}: nobody is until a person " +
                "decides",
                wanted.Count, bound);
        }
        var servers = 0;
        foreach (var account in due.Where(account => account.IsApproved || !isBeyond && !isHeld))
            servers += await SuspensionOrders.OrderAsync(connection, account.AccountId, SuspensionOrders.ByPolicy, Reason(account), ct);
        return servers;
    }

    private string Reason(DueAccount account) => string.Create(CultureInfo.InvariantCulture,
        $"no money since {account.BelowSince:yyyy-MM-dd HH:mm} UTC: {ledger.Value.Write(account.Available)} available");
}

/// <summary>An account that may be suspended: its grace period is over, and there is no obstacle.</summary>
/// <param name="IsApproved">A person approved its suspension beyond the bound.</param>
public sealed record DueAccount(long AccountId, decimal Available, DateTime BelowSince, bool IsApproved);
