using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Dns;

/// <summary>Who can't pay has time to: from the first wallet that was read and held too little until <c>Dns:Grace</c> is over.</summary>
public sealed class Graces(NpgsqlDataSource database, IOptions<DnsOptions> options)
{
    // A grace belongs to a suspension or to a period that is still unpaid: without either it is an old one, of somebody who paid elsewhere.
    private const string BeginSql = """
        insert into cron_service.dns_graces as g (subscription_id, insufficient_since) values (@id, @now)
        on conflict (subscription_id) do update
            set insufficient_since = case when g.suspended_at is null and g.insufficient_since >= @unpaid_since then g.insufficient_since
                else excluded.insufficient_since end,
                suspended_at = null
        returning insufficient_since
        """;

    // The guards of servers hold here too: nobody is suspended who is exempt, or whose money isn't known.
    private const string SuspendSql = """
        update public.dns_plan_subscriptions set status = 'suspended', "updatedAt" = clock_timestamp() at time zone 'UTC'
        where id::text = @id and status = 'active' and "autoRenew" and "nextPaymentDate"::timestamp = @next_payment at time zone 'UTC'
          and not exists (select from cron_service.accounts a left join cron_service.customers c on c.account_id = a.id
                          where a.user_id = "userId" and (c.exempt_until > now() or cron_service.money_under_way(a.id) is not null))
        """;

    private const string SuspendedSql = "update cron_service.dns_graces set suspended_at = @now where subscription_id = @id";

    /// <summary>Notes that the wallet of an active subscription was read and holds too little.</summary>
    /// <param name="nextPayment">When its first unpaid period began.</param>
    /// <returns>When it is or was suspended, and whether that was now.</returns>
    public async Task<(DateTime Until, bool IsSuspended)> NoteAsync(DueSubscription subscription, DateTime nextPayment, long runId,
        Fence fence, DateTime now, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        await fence.HoldAsync(connection, ct);
        var since = (await connection.QueryAsync(BeginSql, row => row.GetDateTime(0), ct, ("id", subscription.Id), ("now", now),
            ("unpaid_since", nextPayment)))[0];
        var until = since + options.Value.Grace;
        var isSuspended = until <= now && await connection.ExecuteAsync(SuspendSql, ct, ("id", subscription.Id),
            ("next_payment", nextPayment)) == 1;
        if (isSuspended)
        {
            await connection.ExecuteAsync(SuspendedSql, ct, ("id", subscription.Id), ("now", now));
            await DnsTransactions.WriteAsync(transaction, runId, subscription, "dns_plan_renewal_failed", "failed",
                $"DNS plan {subscription.Plan}: suspended, the wallet holds too little to renew it", $"dns:{subscription.Id}", ct);
        }
        await transaction.CommitAsync(CancellationToken.None);
        return (until, isSuspended);
    }
}
