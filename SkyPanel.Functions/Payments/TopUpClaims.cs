namespace SkyPanel.Functions.Payments;

/// <summary>Claims the right to take a top-up's next step. Every write checks the claim's number, so a process with a lost claim writes
/// nothing.</summary>
public sealed class TopUpClaims(NpgsqlDataSource database)
{
    // If its process dies, the next step is due when the claim has run out, also for one that was only checked if woken.
    private const string TakeSql = $"""
        with taken as (
            update cron_service.top_ups set claim_number = claim_number + 1, claimed_until = now() + interval '2 minutes',
                looked_at = clock_timestamp(), next_look_at = least(next_look_at, now() + interval '2 minutes')
            where id = @id and (claimed_until is null or claimed_until < now())
            returning *)
        select {TopUp.Columns} from taken t join cron_service.accounts a on a.id = t.account_id
        """;

    // The holder of the claim takes another step.
    private const string WakeSql = "update cron_service.top_ups set woken_at = clock_timestamp(), next_look_at = now() where id = @id";

    private const string ReleaseSql = """
        update cron_service.top_ups
        set claimed_until = null, failed_looks = case when @has_failed::boolean then failed_looks + 1
                when not @has_failed::boolean then 0 else failed_looks end,
            next_look_at = case when woken_at > looked_at then now() when @wait::interval is null then 'infinity'
                else now() + @wait::interval end
        where id = @id and claim_number = @claim_number
        returning coalesce(woken_at > looked_at, false)
        """;

    // The index is on finite times only, and is used only if the query says so.
    private const string DueSql = """
        select id from cron_service.top_ups
        where next_look_at <= now() and next_look_at < 'infinity' and (claimed_until is null or claimed_until < now())
            and (not @only_woken or woken_at > coalesce(looked_at, '-infinity') or state in ('captured', 'granting'))
        order by next_look_at limit 500
        """;

    private const string UpdateSql = """
        update cron_service.top_ups
        set state = @state, message = @message::text, order_id = coalesce(@order_id::text, order_id),
            payee_id = coalesce(@payee_id::text, payee_id),
            approve_url = coalesce(@approve_url::text, approve_url), capture_attempt = capture_attempt + case when @is_declined
                and state <> 'declined' then 1 else 0 end,
            declined_at = case when @is_declined and state <> 'declined' then clock_timestamp() else declined_at end,
            capture_id = coalesce(capture_id, @capture_id::text), captured_amount = coalesce(captured_amount, @captured_amount::numeric),
            captured_currency = coalesce(captured_currency, @captured_currency::text),
            difference = coalesce(@difference::text, difference), captured_at = case when @is_paid then coalesce(captured_at, now())
                else captured_at end
        where id = @id and claim_number = @claim_number
        """;

    // Another dispute may have been attached since the step began: its state isn't known yet.
    private const string WriteReturnedSql = """
        update cron_service.top_ups
        set refunded_amount = greatest(refunded_amount, @refunded), lost_amount = @lost,
            restored_amount = restored_amount + case when dispute_id = @dispute_id::text
                and @dispute_state::text = 'won' then reversed_amount else 0 end,
            reversed_amount = case when dispute_id is distinct from @dispute_id::text then reversed_amount
                when @dispute_state::text = 'won' then 0 else @reversed end,
            dispute_state = case when dispute_id = @dispute_id::text and @dispute_state::text is not null then @dispute_state
                else dispute_state end
        where id = @id and claim_number = @claim_number
        """;

    // It counts as open until the next step has read it.
    private const string FollowOtherSql = """
        update cron_service.top_ups set dispute_id = other_dispute_id, dispute_state = 'open', other_dispute_id = null,
            woken_at = clock_timestamp(), next_look_at = now()
        where id = @id and claim_number = @claim_number and dispute_id = @dispute_id and other_dispute_id is not null
        """;

    // Unless its tokens are granted already, a person grants them.
    private const string ForgetDisputeSql = """
        update cron_service.top_ups set dispute_state = null, difference = coalesce(difference, @difference)
        where id = @id and claim_number = @claim_number and dispute_id = @dispute_id
        """;

    public Task WakeAsync(long id, CancellationToken ct) => database.ExecuteAsync(WakeSql, ct, ("id", id));

    /// <summary>Wakes it with the commit of the caller's transaction.</summary>
    public static Task WakeAsync(NpgsqlConnection connection, long id) =>
        connection.ExecuteAsync(WakeSql, CancellationToken.None, ("id", id));

    /// <returns>Null when another step is under way.</returns>
    public Task<TopUp?> TakeAsync(long id, CancellationToken ct) => database.FindAsync<TopUp>(TakeSql, ct, ("id", id));

    /// <param name="wait">The time until the next step; null when none is needed.</param>
    /// <param name="hasFailed">Null for a step that was stopped.</param>
    /// <returns>Whether it was woken meanwhile.</returns>
    public Task<bool> ReleaseAsync(TopUp claimed, TimeSpan? wait, bool? hasFailed) =>
        database.FindAsync<bool>(ReleaseSql, CancellationToken.None,
            ("id", claimed.Id), ("claim_number", claimed.ClaimNumber), ("wait", wait), ("has_failed", hasFailed));

    /// <param name="onlyWoken">Only those that were woken by a return or a webhook, and those whose tokens are being delivered.</param>
    public Task<List<long>> DueAsync(bool onlyWoken, CancellationToken ct) =>
        database.QueryAsync<long>(DueSql, ct, ("only_woken", onlyWoken));

    /// <returns>False when the claim was lost.</returns>
    public async Task<bool> WriteAsync(TopUp claimed, TopUpState state, string? message, PayPalOrder? order = null,
        PayPalCapture? capture = null, string? difference = null) =>
        await database.ExecuteAsync(UpdateSql, CancellationToken.None, ("id", claimed.Id), ("claim_number", claimed.ClaimNumber),
            ("state", state.Text()), ("message", message),
            ("order_id", order?.Id), ("payee_id", order?.PayeeId), ("approve_url", order?.ApproveUrl),
            ("is_declined", state == TopUpState.Declined),
            ("capture_id", capture?.Id), ("captured_amount", capture?.Amount.Value), ("captured_currency", capture?.Amount.Currency),
            ("difference", difference), ("is_paid", capture?.Status.IsPaid() == true)) == 1;

    /// <summary>Stores the returned amounts and the state of the claimed dispute.</summary>
    /// <param name="dispute">Null without one, or if PayPal doesn't show it.</param>
    public Task WriteReturnedAsync(TopUp claimed, ReturnedAmounts returned, PayPalDispute? dispute) =>
        database.ExecuteAsync(WriteReturnedSql, CancellationToken.None, ("id", claimed.Id), ("claim_number", claimed.ClaimNumber),
            ("refunded", returned.Refunded), ("lost", returned.Lost), ("reversed", returned.Reversed),
            ("dispute_id", claimed.DisputeId), ("dispute_state", dispute?.State.Text()));

    /// <summary>Ends the freeze by a dispute that PayPal no longer has.</summary>
    /// <returns>False when the claim was lost, or another dispute is attached.</returns>
    public async Task<bool> ForgetDisputeAsync(TopUp claimed, string difference) =>
        await database.ExecuteAsync(ForgetDisputeSql, CancellationToken.None, ("id", claimed.Id), ("claim_number", claimed.ClaimNumber),
            ("dispute_id", claimed.DisputeId), ("difference", difference)) == 1;

    /// <summary>Attaches the other dispute of the payment instead of the claimed one, which is closed.</summary>
    /// <returns>False without another one.</returns>
    public async Task<bool> FollowOtherAsync(TopUp claimed) =>
        await database.ExecuteAsync(FollowOtherSql, CancellationToken.None, ("id", claimed.Id), ("claim_number", claimed.ClaimNumber),
            ("dispute_id", claimed.DisputeId)) == 1;
}
