namespace SkyPanel.Functions.Dns;

/// <summary>Counts DNS plans for the status: <c>dnsStats</c>.</summary>
public sealed class DnsStatus(NpgsqlDataSource database, Subscriptions subscriptions, DnsInterlock interlock)
{
    private const string SubscriptionsSql = """
        select count(*) filter (where s.status = 'active') as active, count(*) filter (where s.status = 'suspended') as suspended,
               count(*) filter (where s.status = 'active' and g.suspended_at is null
                   and g.insufficient_since >= s."nextPaymentDate"::timestamp at time zone 'UTC') as in_grace
        from public.dns_plan_subscriptions s left join cron_service.dns_graces g on g.subscription_id = s.id::text
        """;

    private const string RenewalsSql = """
        select count(*) as renewals, coalesce(sum(amount), 0)::numeric(18, 6) as amount from cron_service.dns_renewals
            where created_at >= date_trunc('month', now(), 'UTC')
        """;

    /// <summary>Counts the subscriptions; without DNS plans in the panel it names the missing tables instead.</summary>
    public async Task<DnsStats> ReadAsync(CancellationToken ct)
    {
        var missing = await subscriptions.MissingTablesAsync(ct);
        var (active, suspended, inGrace, due) = (0L, 0L, 0L, 0);
        try
        {
            if (missing.Count == 0)
                (active, suspended, inGrace, due) = await CountAsync(ct);
        }
        catch (PostgresException e) when (Attempt.IsRefusal(e))
        {
            missing = [.. Subscriptions.Tables];
        }
        var (renewed, amount) = (await database.QueryAsync(RenewalsSql,
            row => (row.Get<long>("renewals"), row.Get<decimal>("amount")), ct))[0];
        return new(missing, active, due, inGrace, suspended, renewed, amount, await interlock.ReadCachedAsync(ct));
    }

    private async Task<(long Active, long Suspended, long InGrace, int Due)> CountAsync(CancellationToken ct)
    {
        var due = await subscriptions.DueAsync((await DatabaseClock.NowAsync(database, ct)).UtcDateTime, ct);
        return (await database.QueryAsync(SubscriptionsSql, row => (row.Get<long>("active"), row.Get<long>("suspended"),
            row.Get<long>("in_grace"), due.Count(subscription => !subscription.IsSuspended)), ct))[0];
    }
}

/// <summary>DNS subscriptions, counted.</summary>
/// <param name="MissingTables">Missing tables of the panel, or all if one can't be read: if there are any, nothing is counted.</param>
/// <param name="Due">Active subscriptions whose payment is due.</param>
/// <param name="InGrace">Active subscriptions whose wallet holds too little.</param>
/// <param name="AmountThisMonth">Renewals in this calendar month (UTC), in currency units.</param>
/// <param name="InterlockReason">The reason why nothing is renewed; null without one.</param>
public sealed record DnsStats(
    IReadOnlyList<string> MissingTables, long Active, int Due, long InGrace, long Suspended, long RenewedThisMonth, decimal AmountThisMonth,
        string? InterlockReason);
