using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Dns;

/// <summary>The DNS plans at a glance: <c>dnsStats</c>.</summary>
public sealed class DnsStatus(NpgsqlDataSource database, Subscriptions subscriptions, DnsInterlock interlock)
{
    private const string SubscriptionsSql = """
        select count(*) filter (where s.status = 'active'), count(*) filter (where s.status = 'suspended'),
               count(*) filter (where s.status = 'active' and g.suspended_at is null and g.insufficient_since >= s."nextPaymentDate"::timestamp at time zone 'UTC')
        from public.dns_plan_subscriptions s left join cron_service.dns_graces g on g.subscription_id = s.id::text
        """;

    private const string RenewalsSql = """
        select count(*), coalesce(sum(amount), 0)::numeric(18, 6) from cron_service.dns_renewals where created_at >= date_trunc('month', now(), 'UTC')
        """;

    private const string NowSql = "select now()";

    /// <summary>Counts what the panel has; nothing of its own is counted where it has no DNS plans, and the missing tables are named.</summary>
    public async Task<object> ReadAsync(CancellationToken ct)
    {
        var missing = await subscriptions.MissingTablesAsync(ct);
        var (active, suspended, inGrace) = missing.Count > 0 ? (0, 0, 0)
            : (await database.QueryAsync(SubscriptionsSql, row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), ct))[0];
        var now = (await database.QueryAsync(NowSql, row => row.GetDateTime(0), ct))[0];
        var due = missing.Count > 0 ? 0 : (await subscriptions.DueAsync(now, ct)).Count(subscription => !subscription.IsSuspended);
        var (renewed, amount) = (await database.QueryAsync(RenewalsSql, row => (row.GetInt64(0), row.GetDecimal(1)), ct))[0];
        return new
        {
            missingTables = missing,
            active,
            due,
            inGrace,
            suspended,
            renewedThisMonth = renewed,
            amountThisMonth = amount,
            interlockReason = await interlock.ReadAsync(ct),
        };
    }
}
