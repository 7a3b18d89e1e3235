using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Customers;

/// <summary>Orders servers to be suspended and resumed. The later steps check each server again.</summary>
public sealed class SuspensionOrders(NpgsqlDataSource database, IOptions<LedgerOptions> ledger)
{
    /// <summary>The name of the policy, as the one who ordered.</summary>
    public const string ByPolicy = "policy";

    /// <summary>The condition that a server of <c>enrolments e</c> and <c>uptime u</c> may be ordered to be suspended: no suspension is
    /// open, and none was abandoned in the last day, unless the server was observed to change since.</summary>
    public const string MayOrderSql = """
        not exists (select from cron_service.suspensions x
            where x.server_id = e.server_id and (x.state in ('ordered', 'suspended', 'resuming')
                or x.state = 'abandoned' and x.next_look_at > now() and u.started_at <= x.ordered_at))
        """;

    // Servers suspended by somebody else are recorded and never changed.
    private const string OrderSql = $"""
        insert into cron_service.suspensions (account_id, server_id, reason, ordered_by, state, message, next_look_at)
        select a.id, e.server_id, @reason, @ordered_by, case when u.is_suspended then 'abandoned' else 'ordered' end,
               case when u.is_suspended then 'it is suspended already, by somebody else' end,
               now() + case when u.is_suspended then interval '1 day' else interval '0' end
        from cron_service.accounts a
        join cron_service.enrolments e on e.user_id = a.user_id and e.enrolment_id is not null and e.billing_enabled and e.problem is null
        join cron_service.uptime u on u.server_id = e.server_id and u.is_current and u.is_existing and u.is_built
        where a.id = @account_id and {MayOrderSql}
        on conflict do nothing
        returning state = 'ordered'
        """;

    // Uses the estimated balance, which includes settled grants. An unknown balance resumes no account. A server that belongs to another
    // customer now is resumed too: that customer's own standing decides about it. A problem may be that VirtFusion names another owner.
    private const string ResumePaidSql = """
        update cron_service.suspensions x set state = 'resuming', resume_ordered_at = now(), next_look_at = now(), message = null,
            resumed_by = case when o.is_moved then 'policy' else 'money' end,
            resume_reason = case when o.is_moved then 'it has another owner' else 'there is money again' end
        from (
            select s.id, f.available, exists (select from cron_service.enrolments e
                where e.server_id = s.server_id and e.enrolment_id is not null and e.problem is null
                  and e.user_id <> a.user_id) as is_moved
            from cron_service.suspensions s
            join cron_service.accounts a on a.id = s.account_id
            join cron_service.funds(@tokens_per_unit) f on f.account_id = s.account_id
            where s.state = 'suspended' and (@account_id::bigint is null or s.account_id = @account_id::bigint)
        ) o
        where x.id = o.id and x.state = 'suspended' and (o.is_moved or o.available >= 0)
        """;

    /// <summary>The condition that a suspension concerns an account: it was ordered for it, or its server belongs to it now.</summary>
    public const string OfAccountSql = """
        (suspensions.account_id = @account_id or exists (
            select from cron_service.enrolments e join cron_service.accounts a on a.user_id = e.user_id
            where e.server_id = suspensions.server_id and e.enrolment_id is not null and a.id = @account_id))
        """;

    // Cancels unsent orders and resumes the rest, confirmed or not.
    private const string ResumeSql = $"""
        update cron_service.suspensions set resumed_by = @by, resume_reason = @reason, next_look_at = now(), message = null,
            state = case when sent_at is null then 'abandoned' else 'resuming' end,
            resume_ordered_at = case when sent_at is not null then coalesce(resume_ordered_at, now()) end
        where state in ('ordered', 'suspended', 'resuming') and {OfAccountSql}
        """;

    private const string GraceSql = """
        insert into cron_service.customers (account_id, grace_since) values (@account_id, now())
        on conflict (account_id) do update set grace_since = excluded.grace_since
        """;

    /// <summary>Orders every running server of an account to be suspended, in the caller's transaction.</summary>
    /// <returns>The number of servers ordered to be suspended.</returns>
    public static async Task<int> OrderAsync(NpgsqlConnection connection, long accountId, string orderedBy, string reason,
        CancellationToken ct) =>
        (await connection.QueryAsync<bool>(OrderSql, ct, ("account_id", accountId), ("ordered_by", orderedBy), ("reason", reason)))
            .Count(isOrdered => isOrdered);

    /// <summary>Orders the suspended servers of accounts with money again, and those that have another owner now, to be resumed.</summary>
    /// <param name="accountId">Only this account; null for all.</param>
    /// <returns>The number of servers to resume.</returns>
    public Task<int> ResumePaidAsync(long? accountId, CancellationToken ct) => database.ExecuteAsync(ResumePaidSql, ct,
        ("account_id", accountId), ("tokens_per_unit", (decimal)ledger.Value.TokensPerCurrencyUnit));

    /// <summary>Orders all suspended servers of an account to be resumed by a person, in the caller's transaction. The grace period
    /// starts again.</summary>
    /// <returns>The number of servers to resume.</returns>
    public static async Task<int> ResumeAsync(NpgsqlConnection connection, long accountId, string by, string reason)
    {
        var count = await connection.ExecuteAsync(ResumeSql, CancellationToken.None, ("account_id", accountId), ("by", by),
            ("reason", reason));
        if (count > 0)
            await connection.ExecuteAsync(GraceSql, CancellationToken.None, ("account_id", accountId));
        return count;
    }
}
