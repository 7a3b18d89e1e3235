using System.Collections.Concurrent;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Customers;

/// <summary>Reads wallets between debits where a fresh balance matters: those that are nearly or fully used up, and those being topped
/// up.</summary>
public sealed class WatchedWallets(
    NpgsqlDataSource database, VirtFusionClient virtFusion, VirtFusionConnection connection, WalletReadings readings,
        TimeProvider time, IOptions<VirtFusionOptions> options)
{
    private static readonly TimeSpan ReadEvery = TimeSpan.FromMinutes(5);

    // Uses VirtFusion's rate limit for half of each minute, and leaves the rest to debits.
    private const int MaxSecondsOfCalls = 30;

    // After this many readings in succession without an answer VirtFusion is down. An answer that can't be used concerns one wallet.
    private const int MaxUnanswered = 3;

    // Taking a wallet claims it, so that only one process reads it. The one that waits for the longest time comes first: where there are
    // more wallets than calls, each has its turn, those of suspended customers too. Ignores instants ahead of the clock.
    private const string TakeSql = """
        with wanted as (
            select account_id from cron_service.standings
            where runway_order < (select max(hours) from cron_service.customer_policy, unnest(notice_threshold_hours) as hours)
            union
            select account_id from cron_service.standings where state <> 'ok'
            union
            select account_id from cron_service.top_ups where state in ('capturing', 'in_doubt', 'pending', 'captured', 'granting')
        ), taken as (
            select s.account_id, l.at, s.runway_order from wanted join cron_service.standings s using (account_id)
                left join cron_service.wallet_readings r using (account_id)
                left join lateral (select greatest(s.tried_at, r.read_at) as at) l on l.at <= now() + interval '1 minute'
            where coalesce(l.at < now() - @read_every, true)
            order by l.at nulls first, s.runway_order, s.account_id limit @most for update of s skip locked
        ), tried as (
            update cron_service.standings s set tried_at = now() from taken t where s.account_id = t.account_id returning t.*
        )
        select a.id as account_id, a.user_id, now() as began_at from tried t join cron_service.accounts a on a.id = t.account_id
        order by t.at nulls first, t.runway_order, a.id
        """;

    private const string ReleaseSql = "update cron_service.standings set tried_at = null where account_id = any(@account_ids)";

    private const string AccountSql = """
        select a.user_id, now() as began_at, exists (select from cron_service.wallet_readings r
            where r.account_id = a.id and r.read_at between now() - @age and now()) as is_young
        from cron_service.accounts a where a.id = @account_id
        """;

    /// <summary>Reads one wallet, unless its latest reading is younger than an age.</summary>
    /// <returns>Whether the balance is known now.</returns>
    public async Task<bool> ReadAsync(long accountId, TimeSpan age, CancellationToken ct)
    {
        var (userId, beganAt, isYoung) = (await database.QueryAsync(AccountSql,
            row => (row.Get<int>("user_id"), row.Get<DateTime>("began_at"), row.Get<bool>("is_young")), ct,
            ("account_id", accountId), ("age", age)))[0];
        return isYoung || connection.IsConfigured && await virtFusion.ReadBalanceAsync(userId, ct) is BalanceReading.Tokens(var tokens)
            && await readings.StoreAsync(userId, tokens, beganAt, ct);
    }

    /// <returns>The accounts with a new reading.</returns>
    public async Task<long[]> ReadAsync(CancellationToken ct)
    {
        if (!connection.IsConfigured)
            return [];
        var taken = await database.QueryAsync(TakeSql, row => (AccountId: row.Get<long>("account_id"),
            UserId: row.Get<int>("user_id"), BeganAt: row.Get<DateTime>("began_at")), ct,
            ("read_every", ReadEvery), ("most", Math.Max(1, options.Value.RequestsPerSecond * MaxSecondsOfCalls)));
        var (asked, read, unanswered) = (new ConcurrentBag<long>(), new ConcurrentBag<long>(), 0);
        using var over = new CancellationTokenSource(HeartbeatTask.QueueTime, time);
        using var refused = CancellationTokenSource.CreateLinkedTokenSource(ct, over.Token);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Value.MaxConcurrency, CancellationToken = refused.Token };
        try
        {
            await Parallel.ForEachAsync(taken, parallel, async (account, token) =>
            {
                asked.Add(account.AccountId);
                var reading = await virtFusion.ReadBalanceAsync(account.UserId, token);
                if (reading is BalanceReading.Tokens(var tokens)
                    && await readings.StoreAsync(account.UserId, tokens, account.BeganAt, token))
                    read.Add(account.AccountId);
                if (reading is not (BalanceReading.RateLimited or BalanceReading.Unknown { IsAnswered: false }))
                    Interlocked.Exchange(ref unanswered, 0);
                else if (Interlocked.Increment(ref unanswered) >= MaxUnanswered)
                    await refused.CancelAsync();
                if (reading is BalanceReading.Unauthorized)
                    await refused.CancelAsync();
            });
        }
        catch (OperationCanceledException) when (refused.IsCancellationRequested)
        {
            // The next heartbeat begins with those that were not asked, so that no wallet stands in the way of the others.
            await database.ExecuteAsync(ReleaseSql, CancellationToken.None,
                ("account_ids", taken.Select(account => account.AccountId).Except(asked).ToArray()));
            ct.ThrowIfCancellationRequested();
        }
        return [.. read];
    }
}
