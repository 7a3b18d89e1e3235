namespace SkyPanel.Functions.Dns;

/// <summary>Reads the panel's DNS plans and subscriptions. A panel may have none of these tables.</summary>
public sealed class Subscriptions(NpgsqlDataSource database)
{
    private const string MissingSql = """
        select name from (values ('dns_plans', array['id', 'name', 'price']),
                                 ('dns_plan_subscriptions', array['id', 'userId', 'planId', 'status', 'startDate', 'nextPaymentDate',
                                 'autoRenew'])) as t (name, columns)
        where exists (select from unnest(columns) as wanted
                      where not exists (select from pg_attribute where attrelid = to_regclass('public.' || name) and attname = wanted
                          and not attisdropped))
        """;

    // The columns have no zone and are in UTC. A real is read as text, so that 19.99 stays 19.99. NaN compares as greater than all numbers.
    private const string DueSql = """
        select s.id::text as id, s."userId"::integer as user_id, exists (select from public.users u where u.id = s."userId") as has_user,
               coalesce(p.name, s."planId"::text, 'none') as plan, s.status = 'suspended' as is_suspended,
                   s."nextPaymentDate"::timestamp at time zone 'UTC' as next_payment,
               extract(day from coalesce(s."startDate", s."nextPaymentDate")::timestamp)::integer as started_on_day,
               (select r.anchor_day from cron_service.dns_renewals r where r.subscription_id = s.id::text
               order by r.period_start desc limit 1) as stored_anchor_day,
               case when p.price::text::numeric between 0 and 1000000 then cron_service.round6(p.price::text::numeric) end as price,
               coalesce(a.owed_amount, 0) as owed_amount
        from public.dns_plan_subscriptions s
        left join public.dns_plans p on p.id::text = s."planId"::text
        left join cron_service.accounts a on a.user_id = s."userId"
        left join cron_service.dns_graces g on g.subscription_id = s.id::text
        where s."autoRenew" and s."nextPaymentDate"::timestamp <= @cutoff at time zone 'UTC'
          and (s.status = 'active' or s.status = 'suspended' and g.suspended_at is not null)
          and (p.price is null or cron_service.round6(p.price::text::numeric) <> 0)
        order by s."userId", s."nextPaymentDate", s.id::text
        """;

    /// <summary>The panel's tables of DNS plans.</summary>
    public static IReadOnlyList<string> Tables { get; } = ["dns_plans", "dns_plan_subscriptions"];

    /// <returns>The tables that are missing or lack a needed column; empty when the panel has DNS plans.</returns>
    public Task<List<string>> MissingTablesAsync(CancellationToken ct) => database.QueryAsync<string>(MissingSql, ct);

    /// <summary>Reads the subscriptions with automatic renewal and a price whose next period began by <paramref name="cutoff"/>: active
    /// ones, and those suspended by us.</summary>
    public Task<List<DueSubscription>> DueAsync(DateTime cutoff, CancellationToken ct) =>
        database.QueryAsync<DueSubscription>(DueSql, ct, ("cutoff", cutoff));
}
