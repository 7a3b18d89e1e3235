using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Customers;

/// <summary>Reads wallets anew between debits, where it matters: those that soon are or were used up, and those that are being topped
/// up.</summary>
public sealed class WatchedWallets(
    NpgsqlDataSource database, VirtFusionClient virtFusion, VirtFusionConnection connection, WalletReadings readings,
        IOptions<VirtFusionOptions> options)
{
    private static readonly TimeSpan ReadEvery = TimeSpan.FromMinutes(5);

    // As many calls as VirtFusion's rate allows in half of a minute: the rest of the minute is left to debits.
    private const int MostSeconds = 30;

    // Claimed as it is taken: any number of processes read a wallet once. An instant that is ahead of the clock doesn't count.
    private const string TakeSql = """
        with wanted as (
            select account_id from cron_service.standings
            where runway_order < (select max(hours) from cron_service.customer_policy, unnest(notice_threshold_hours) as hours)
            union
            select account_id from cron_service.standings where state <> 'ok'
            union
            select account_id from cron_service.top_ups where state in ('capturing', 'in_doubt', 'pending', 'captured', 'granting')
        ), taken as (
            select s.account_id from wanted join cron_service.standings s using (account_id)
                left join cron_service.wallet_readings r using (account_id)
            where coalesce(greatest(s.tried_at, r.read_at) not between now() - @read_every and now() + interval '1 minute', true)
            order by s.runway_order, s.account_id limit @most for update of s skip locked
        )
        update cron_service.standings s set tried_at = now() from taken t join cron_service.accounts a on a.id = t.account_id
        where s.account_id = t.account_id returning a.id, a.user_id, now()
        """;

    private const string AccountSql = """
        select a.user_id, now(), exists (select from cron_service.wallet_readings r
            where r.account_id = a.id and r.read_at between now() - @age and now())
        from cron_service.accounts a where a.id = @account_id
        """;

    /// <summary>Reads one wallet, unless a reading of it is younger than an age.</summary>
    /// <returns>Whether its balance is known now.</returns>
    public async Task<bool> ReadAsync(long accountId, TimeSpan age, CancellationToken ct)
    {
        var (userId, beganAt, isYoung) =
            (await database.QueryAsync(AccountSql, row => (row.GetInt32(0), row.GetDateTime(1), row.GetBoolean(2)), ct,
            ("account_id", accountId), ("age", age)))[0];
        return isYoung || connection.IsConfigured && await virtFusion.ReadBalanceAsync(userId, ct) is BalanceReading.Tokens(var tokens)
            && await readings.StoreAsync(userId, tokens, beganAt, ct);
    }

    /// <returns>The accounts whose readings are new.</returns>
    public async Task<long[]> ReadAsync(CancellationToken ct)
    {
        if (!connection.IsConfigured)
            return [];
        var taken = await database.QueryAsync(TakeSql, row => (AccountId: row.GetInt64(0), UserId: row.GetInt32(1),
            BeganAt: row.GetDateTime(2)), ct,
            ("read_every", ReadEvery), ("most", Math.Max(1, options.Value.RequestsPerSecond * MostSeconds)));
        var read = new ConcurrentBag<long>();
        using var refused = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Value.MaxConcurrency, CancellationToken = refused.Token };
        try
        {
            await Parallel.ForEachAsync(taken, parallel, async (account, token) =>
            {
                switch (await virtFusion.ReadBalanceAsync(account.UserId, token))
                {
                    case BalanceReading.Tokens(var tokens) when await readings.StoreAsync(account.UserId, tokens, account.BeganAt, token):
                        read.Add(account.AccountId);
                        break;
                    // As the others would be: they are asked for in five minutes.
                    case BalanceReading.Unauthorized or BalanceReading.RateLimited:
                        await refused.CancelAsync();
                        break;
                }
            });
        }
        catch (OperationCanceledException) when (refused.IsCancellationRequested && !ct.IsCancellationRequested)
        {
        }
        return [.. read];
    }
}
