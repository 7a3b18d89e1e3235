using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Dns;

/// <summary>Suspends subscriptions whose grace period is over, under the guards and the bound of servers' suspensions: beyond the bound
/// none is suspended, and the run reports it.</summary>
public sealed class OverdueSuspensions(NpgsqlDataSource database, VirtFusionClient virtFusion, IOptions<LedgerOptions> ledger)
{
    private const string BoundSql = """
        select cron_service.most_suspensions((select count(*) from public.dns_plan_subscriptions where status = 'active'))
        """;

    // As with servers, no customer is suspended who is exempt or whose balance is not known. The wallet was read just before, and what is
    // owed is read by the same statement as the money under way: a debit that the wallet shows is open, or no longer owed. Tokens that were
    // given since may be missing in it.
    private const string SuspendSql = """
        update public.dns_plan_subscriptions set status = 'suspended', "updatedAt" = clock_timestamp() at time zone 'UTC'
        where id::text = @id and status = 'active' and "autoRenew" and "nextPaymentDate"::timestamp = @next_payment at time zone 'UTC'
          and not exists (select from cron_service.accounts a left join cron_service.customers c on c.account_id = a.id
                          where a.user_id = "userId" and (c.exempt_until > now() or cron_service.money_under_way(a.id) is not null
                              or exists (select from cron_service.debits d where d.account_id = a.id and d.kind in ('grant', 'refund')
                                  and d.state = 'settled' and d.settled_at >= @read_at)))
          and @tokens < floor(@tokens_per_unit * (@price
              + coalesce((select a.owed_amount from cron_service.accounts a where a.user_id = "userId"), 0)))
        """;

    private const string SuspendedSql = "update cron_service.dns_graces set suspended_at = @now where subscription_id = @id";

    /// <param name="fence">The right to write; checked in each transaction.</param>
    internal async Task SuspendAsync(IReadOnlyCollection<Overdue> overdue, RenewalResult progress, long runId, Fence fence,
        CancellationToken ct)
    {
        if (overdue.Count == 0)
            return;
        var max = await database.ScalarAsync<int>(BoundSql, ct);
        if (overdue.Count > max)
            progress.Add("data", $"{overdue.Count} subscriptions are to be suspended, and a run may suspend {max} (maxPerRun and " +
                "maxPercentPerRun of the customers' policy): none is. See why so many lack tokens; then allow more, or exempt them.");
        foreach (var next in overdue)
        {
            ct.ThrowIfCancellationRequested();
            try
            {
                var isSuspended = overdue.Count <= max && await SuspendAsync(next, progress.Cutoff, runId, fence, ct);
                progress.AddShort(next, isSuspended);
            }
            catch (PostgresException e) // Refused for this subscription: the others don't wait for it.
            {
                progress.Add("database", $"{next.Subscription} is not suspended: {e.MessageText}");
            }
        }
    }

    // The wallet was read before the renewals, too: a customer who has paid since is renewed by the next run.
    private async Task<bool> SuspendAsync(Overdue overdue, DateTime now, long runId, Fence fence, CancellationToken ct)
    {
        var subscription = overdue.Subscription;
        var readAt = await DatabaseClock.NowAsync(database, ct);
        if (await virtFusion.ReadBalanceAsync(subscription.UserId, ct) is not BalanceReading.Tokens(var tokens))
            return false;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        await fence.CheckAndLockAsync(connection, ct);
        if (await connection.ExecuteAsync(SuspendSql, ct, ("id", subscription.Id), ("next_payment", overdue.NextPayment),
            ("tokens", tokens), ("read_at", readAt.UtcDateTime), ("price", subscription.Price!.Value),
            ("tokens_per_unit", (decimal)ledger.Value.TokensPerCurrencyUnit)) != 1)
            return false;
        await connection.ExecuteAsync(SuspendedSql, ct, ("id", subscription.Id), ("now", now));
        await DnsTransactions.WriteFailedAsync(connection, runId, subscription, ct);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }
}
