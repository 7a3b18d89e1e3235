using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Customers;

/// <summary>Reads suspensions, their preview, and the operators' decisions.</summary>
public sealed class SuspensionQueries(NpgsqlDataSource database, SuspensionClaims claims, PolicyRun policy)
{
    private const string ListSql = $"""
        select x.id, a.user_id, {CustomerName.OrEmailSql} as name, x.server_id, x.state, x.reason, x.ordered_by, x.ordered_at,
               x.suspended_at, x.resume_reason, x.resumed_by, x.resumed_at, x.message
        from cron_service.suspensions x join cron_service.accounts a on a.id = x.account_id left join public.users u on u.id = a.user_id
        where x.id < coalesce(@before::bigint, 9223372036854775807) and (@state::text is null or x.state = @state::text)
          and (@account_id::bigint is null or x.account_id = @account_id::bigint)
          and (not @is_open or x.state in ('ordered', 'suspended', 'resuming'))
        order by x.id desc limit @limit
        """;

    // Selects running servers and those suspended by somebody else, which stay unchanged.
    private const string PreviewSql = $"""
        select o.user_id, {CustomerName.OrEmailSql} as name, o.available, s.overdue_since, o.due_at,
               b.obstacle is null as would_be_suspended, b.obstacle,
               coalesce(r.servers, array[]::integer[]) as servers, coalesce(r.others, array[]::integer[]) as suspended_by_others
        from cron_service.suspension_outlook(@tokens_per_unit, @read_within, @observed_within, null) o
        join cron_service.standings s on s.account_id = o.account_id
        left join public.users u on u.id = o.user_id
        left join lateral (
            select array_agg(e.server_id order by e.server_id) filter (where t.is_billable) as servers,
                   array_agg(e.server_id order by e.server_id) filter (where t.is_suspended
                       and not exists (select from cron_service.suspensions x
                       where x.server_id = e.server_id and x.state in ('ordered', 'suspended', 'resuming'))) as others
            from cron_service.enrolments e join cron_service.uptime t on t.server_id = e.server_id and t.is_current
            where e.user_id = o.user_id and e.enrolment_id is not null and e.problem is null) as r on true
        cross join lateral (
            select coalesce(o.obstacle, case when o.due_at is null then 'the policy is off'
                   when o.due_at > now() then 'its grace isn''t over' when r.servers is null then 'no server of it runs' end) as obstacle
            ) as b
        order by o.due_at, o.user_id limit @limit
        """;

    private const string HoldSql = """
        select h.id, h.reason, h.state, h.created_at, h.decided_by, h.decided_at, h.decision_reason,
               coalesce((select array_agg(a.user_id order by a.user_id) from cron_service.accounts a where a.id = any(h.account_ids)),
                   array[]::integer[]) as user_ids
        from cron_service.suspension_holds h where @id::bigint is null and h.state = 'open' or h.id = @id::bigint
        """;

    private const string CustomerSql = """
        select a.id as account_id, a.user_id, c.credit_limit, c.exempt_until, c.exempt_reason,
               coalesce(c.is_silenced, false) as is_silenced, c.silence_reason
        from cron_service.accounts a left join cron_service.customers c on c.account_id = a.id where a.user_id = @user_id
        """;

    /// <summary>Lists suspensions, the latest first.</summary>
    /// <param name="accountId">Lists only the unclosed ones of this account; null for all.</param>
    public Task<List<SuspensionAnswer>> ListAsync(NpgsqlConnection? connection, string? state, long? before, int limit, long? accountId,
        CancellationToken ct)
    {
        (string, object?)[] parameters = [("state", state), ("before", before), ("limit", limit), ("account_id", accountId),
            ("is_open", accountId is not null)];
        return connection is null ? database.QueryAsync<SuspensionAnswer>(ListSql, ct, parameters)
            : connection.QueryAsync<SuspensionAnswer>(ListSql, ct, parameters);
    }

    /// <summary>Lists the overdue accounts with their obstacles, the due ones first.</summary>
    public async Task<List<SuspensionPreview>> PreviewAsync(int most, CancellationToken ct)
    {
        var found = await database.QueryAsync<SuspensionPreview>(PreviewSql, ct, [.. claims.Limits(Standings.Fresh), ("limit", most)]);
        return found.Exists(preview => preview.WouldBeSuspended) && await policy.FindKnownObstacleAsync(ct) is { } obstacle
            ? found.ConvertAll(preview => preview with { WouldBeSuspended = false, Obstacle = preview.Obstacle ?? obstacle })
            : found;
    }

    /// <returns>The hold with this number, or the one that waits for a person; null when there is none.</returns>
    public Task<SuspensionHold?> FindHoldAsync(long? id, CancellationToken ct) =>
        database.FindAsync<SuspensionHold>(HoldSql, ct, ("id", id));

    public static Task<SuspensionHold?> FindHoldAsync(NpgsqlConnection connection, long id) =>
        connection.FindAsync<SuspensionHold>($"{HoldSql} for update of h", CancellationToken.None, ("id", id));

    /// <returns>Null when the user has no account.</returns>
    public static async Task<(long AccountId, Customer Customer)?> FindCustomerAsync(NpgsqlConnection connection, int userId,
        CancellationToken ct) =>
        await connection.FindAsync<Found>(CustomerSql, ct, ("user_id", userId)) is { } found ? (found.AccountId, found.Customer) : null;

    private sealed record Found(long AccountId, Customer Customer);
}

/// <summary>A suspension of a server.</summary>
/// <param name="Reason">The reason for the order.</param>
/// <param name="OrderedBy"><c>policy</c>, or the name of the person.</param>
/// <param name="ResumedBy"><c>money</c>, <c>policy</c> (it has another owner, or may no longer be suspended), <c>somebody else</c> (outside
/// of this app), or the name of the person.</param>
/// <param name="Message">The reason for waiting or for leaving the server alone.</param>
public sealed record SuspensionAnswer(
    long Id, int UserId, string? Name, int ServerId,
    SuspensionState State,
    string Reason, string OrderedBy, DateTime OrderedAt, DateTime? SuspendedAt, string? ResumeReason, string? ResumedBy,
        DateTime? ResumedAt, string? Message);

/// <summary>An overdue account.</summary>
/// <param name="Available">Currency units; null when the balance is unknown.</param>
/// <param name="DueAt">The end of its grace period; null while the policy is off.</param>
/// <param name="WouldBeSuspended">Whether the policy would suspend its servers now, within its bound.</param>
/// <param name="Obstacle">The obstacle to suspending it; null when there is none.</param>
/// <param name="Servers">The running servers.</param>
/// <param name="SuspendedByOthers">The servers suspended by somebody else, which are left unchanged.</param>
public sealed record SuspensionPreview(
    int UserId, string? Name, decimal? Available, DateTime? OverdueSince, DateTime? DueAt, bool WouldBeSuspended, string? Obstacle,
    int[] Servers, int[] SuspendedByOthers);

/// <summary>Accounts that are too many to be suspended in one run without a person's approval.</summary>
public sealed record SuspensionHold(
    long Id, string Reason, SuspensionHoldState State, int[] UserIds,
    DateTime CreatedAt, string? DecidedBy, DateTime? DecidedAt, string? DecisionReason);

/// <summary>The operators' decisions about a customer.</summary>
/// <param name="CreditLimit">Currency units that the account may be below zero; null when the policy's limit applies.</param>
/// <param name="ExemptUntil">The end of its exemption from suspension by the policy.</param>
/// <param name="IsSilenced">Whether its notices are stopped.</param>
public sealed record Customer(int UserId, decimal? CreditLimit, DateTime? ExemptUntil, string? ExemptReason, bool IsSilenced,
    string? SilenceReason);
