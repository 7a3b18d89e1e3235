using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Customers;

/// <summary>Moves suspensions between states. Every statement checks the claim's number, so a process that lost its claim changes
/// nothing.</summary>
public sealed class SuspensionClaims(
    NpgsqlDataSource database, Observer observer, IOptions<LedgerOptions> ledger, IOptions<MeteringOptions> metering,
        IOptions<WalletOptions> wallet)
{
    /// <summary>The duration of a claim. Orders are sent in its first half.</summary>
    public static readonly TimeSpan ClaimTime = TimeSpan.FromMinutes(2);

    /// <summary>The maximum age of the balance by which a server is suspended.</summary>
    private static readonly TimeSpan ReadWithin = TimeSpan.FromMinutes(1);

    // Includes suspended servers that were observed running or gone: somebody else changed them; and those that were observed suspended
    // since their latest order, which was refused: an earlier one took effect late. The order itself is recorded as an observation of its
    // second. Who paid comes first, then who waits for the longest time.
    private const string DueSql = """
        select id, account_id, is_order_of_policy from (
            select x.id, x.account_id, x.state = 'ordered' and x.ordered_by = 'policy' as is_order_of_policy,
                   x.state <> 'resuming' as place, x.next_look_at
            from cron_service.suspensions x
            where x.state in ('ordered', 'resuming') and x.next_look_at <= now() and (x.claimed_until is null or x.claimed_until < now())
            union all
            select x.id, x.account_id, false, true, x.next_look_at
            from cron_service.suspensions x join cron_service.uptime u on u.server_id = x.server_id and u.is_current
            where x.state = 'suspended' and x.next_look_at <= now() and not u.is_suspended and u.seen_until > x.suspended_at
            union all
            select x.id, x.account_id, x.ordered_by = 'policy', true, x.next_look_at
            from cron_service.suspensions x join cron_service.uptime u on u.server_id = x.server_id and u.is_current
            where x.state = 'ordered' and x.refusals > 0 and x.next_look_at > now() and (x.claimed_until is null or x.claimed_until < now())
                and u.is_suspended and u.seen_until > x.sent_at + interval '1 second'
        ) as due order by place, next_look_at, id
        """;

    private const string OfAccountSql = $"""
        select id, account_id, state = 'ordered' and ordered_by = 'policy' as is_order_of_policy from cron_service.suspensions
        where state in ('ordered', 'resuming') and next_look_at <= now() and {SuspensionOrders.OfAccountSql} order by id
        """;

    private const string TakeSql = $"""
        update cron_service.suspensions x set claim_number = claim_number + 1, claimed_until = now() + @claim_time
        from cron_service.accounts a
        where x.id = @id and a.id = x.account_id and x.state in ('ordered', 'suspended', 'resuming')
            and (x.claimed_until is null or x.claimed_until < now())
        returning {Suspension.Columns}
        """;

    private const string SendSql = """
        update cron_service.suspensions x set sent_at = now()
        where x.id = @id and x.claim_number = @claim_number and x.state = 'ordered' and x.claimed_until > now() and exists (
            select from cron_service.suspension_outlook(@tokens_per_unit, @read_within, @observed_within, x.account_id) o
            cross join cron_service.customer_policy p
            where o.obstacle is null and (x.ordered_by <> 'policy' or o.due_at <= now() and p.suspension_enabled
                and not p.suspension_dry_run and not exists (select from cron_service.pauses where job = '*')))
        """;

    private const string ObstacleSql = """
        select obstacle from cron_service.suspension_outlook(@tokens_per_unit, @read_within, @observed_within, @account_id)
        """;

    private const string HasMoneySql = """
        select coalesce(available >= 0, false) from cron_service.funds(@tokens_per_unit) where account_id = @account_id
        """;

    // Each order is a time that costs nothing, though a server that VirtFusion refuses to suspend runs: the wait doubles from one minute up
    // to about an hour.
    private const string WriteSql = """
        update cron_service.suspensions set state = @state, message = @message::text, claimed_until = null,
            next_look_at = now() + case when @is_refused then interval '1 minute' * power(2, least(refusals, 6)) else @wait end,
            refusals = refusals + @is_refused::integer,
            suspended_at = case when @state = 'suspended' then coalesce(suspended_at, now()) else suspended_at end,
            resumed_at = case when @state = 'resumed' then now() end, resumed_by = coalesce(@resumed_by::text, resumed_by),
            resume_reason = coalesce(@resume_reason::text, resume_reason),
            resume_ordered_at = case when @state = 'resuming' then coalesce(resume_ordered_at, now()) else resume_ordered_at end
        where id = @id and claim_number = @claim_number and state = @claimed_state
        """;

    /// <summary>Reads the due suspensions, the most urgent first.</summary>
    public Task<List<DueSuspension>> DueAsync(CancellationToken ct) => database.QueryAsync<DueSuspension>(DueSql, ct);

    public Task<List<DueSuspension>> OfAccountAsync(long accountId, CancellationToken ct) =>
        database.QueryAsync<DueSuspension>(OfAccountSql, ct, ("account_id", accountId));

    /// <returns>Null when another process has claimed it, or it is closed.</returns>
    public Task<Suspension?> TakeAsync(long id, CancellationToken ct) => database.FindAsync<Suspension>(TakeSql, ct,
        ("id", id), ("claim_time", ClaimTime), ("late_answer", wallet.Value.InDoubtWait));

    /// <summary>Marks the order as sent, if the server may still be suspended: from then on it costs nothing.</summary>
    public async Task<bool> SendAsync(Suspension suspension, VirtFusionServer server)
    {
        await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginAsync(CancellationToken.None);
        if (await connection.ExecuteAsync(SendSql, CancellationToken.None, [("id", suspension.Id),
            ("claim_number", suspension.ClaimNumber), .. Limits(ReadWithin)]) != 1)
            return false;
        await observer.RecordOrderAsync(connection, server, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    /// <returns>The obstacle to suspending an account, apart from its grace period; null when there is none.</returns>
    public async Task<string?> ObstacleAsync(NpgsqlConnection connection, long accountId, CancellationToken ct) =>
        (await connection.QueryAsync(ObstacleSql, row => row.Nullable<string>("obstacle"), ct,
            [("account_id", accountId), .. Limits(Standings.Fresh)])).FirstOrDefault("its balance is unknown");

    /// <returns>False also while the balance is unknown.</returns>
    public Task<bool> HasMoneyAsync(Suspension suspension) => database.FindAsync<bool>(HasMoneySql, CancellationToken.None,
        ("account_id", suspension.AccountId), ("tokens_per_unit", (decimal)ledger.Value.TokensPerCurrencyUnit));

    /// <summary>Writes the new state and ends the claim.</summary>
    /// <param name="wait">The time until it is due again; for an abandoned one, until the policy may order it again.</param>
    /// <param name="isRefused">Whether VirtFusion refused the order: the wait is longer each time.</param>
    /// <returns>False, and nothing is written, when the claim was lost or a person resumed it meanwhile.</returns>
    public async Task<bool> WriteAsync(
        Suspension claimed, SuspensionState state, string? message, TimeSpan wait = default, string? resumedBy = null,
            string? resumeReason = null, bool isRefused = false) =>
        await database.ExecuteAsync(WriteSql, CancellationToken.None, ("id", claimed.Id), ("claim_number", claimed.ClaimNumber),
            ("claimed_state", claimed.State.Text()), ("state", state.Text()),
            ("message", message), ("wait", wait), ("resumed_by", resumedBy), ("resume_reason", resumeReason),
            ("is_refused", isRefused)) == 1;

    /// <summary>The parameters of <c>suspension_outlook</c>: the maximum ages of balances and observations.</summary>
    public (string, object?)[] Limits(TimeSpan readWithin) =>
    [
        ("tokens_per_unit", (decimal)ledger.Value.TokensPerCurrencyUnit), ("read_within", readWithin),
        ("observed_within", metering.Value.ObserveEvery + Standings.Fresh),
    ];
}
