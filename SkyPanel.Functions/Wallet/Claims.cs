using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Wallet;

/// <summary>Moves debits between pending and sending.</summary>
/// <remarks>Every statement checks the claim's number: a sender whose claim was lost changes nothing.</remarks>
public sealed class Claims(NpgsqlDataSource database, TimeProvider time, IOptions<WalletOptions> options)
{
    private const string UnderWay = "debits_under_way";

    private const string TakeSql =
        "select * from cron_service.claim_debit(@claim_time, @attempted_before::timestamptz, @top_up_id::bigint)";

    private const string IsPausedSql = """
        select exists (select from cron_service.pauses where job in ('hourly-billing', '*'))
            and exists (select from cron_service.debits where state = 'pending' and top_up_id is null)
        """;

    // Also the latest reading of the wallet, because the account has no other debit in progress.
    private const string StoreBalanceSql = """
        with stored as (
            update cron_service.debits set balance_before_tokens = @balance
            where id = @id and claim_number = @claim_number and state = 'sending' and balance_before_tokens is null and deadline > now()
            returning account_id
        )
        insert into cron_service.wallet_readings (account_id, tokens, read_at) select account_id, @balance, now() from stored
        on conflict (account_id) do update set tokens = excluded.tokens, read_at = excluded.read_at
        """;

    private const string ReleaseSql = """
        update cron_service.debits set state = 'pending', next_attempt_at = now() + @wait, message = @message,
            last_attempt_at = case when @is_attempt then last_attempt_at end
        where id = @id and claim_number = @claim_number and state in ('sending', 'in_doubt')
        """;

    // Doubles from one minute up to about an hour.
    private const string RefuseSql = """
        update cron_service.debits
        set attempts = attempts + 1, message = @message,
            state = case when attempts + 1 >= @max_attempts then 'held' else 'pending' end,
            next_attempt_at = now() + interval '1 minute' * power(2, least(attempts, 6))
        where id = @id and claim_number = @claim_number and state in ('sending', 'in_doubt')
        """;

    private const string WaitForMoneySql = """
        update cron_service.debits set state = 'pending', is_short = true,
            next_attempt_at = coalesce(now() + @wait::interval, next_attempt_at), message = @message
        where id = @id and claim_number = @claim_number and state in ('sending', 'in_doubt')
        """;

    private const string DoubtSql = """
        update cron_service.debits set state = 'in_doubt', message = @message
        where id = @id and claim_number = @claim_number and state = 'sending'
        """;

    private const string NoteSql = """
        update cron_service.debits set credit_id = @credit_id, message = 'VirtFusion accepted it as credit ' || @credit_id
            || ', after it was held: ' || coalesce(message, '')
        where id = @id and claim_number = @claim_number and state = 'held'
        """;

    /// <summary>Claims the next pending debit whose time has come.</summary>
    /// <param name="attemptedBefore">For a run: every pending debit that was not attempted since this instant, its back-off aside.</param>
    /// <param name="topUpId">Only those of this top-up, and what of its account waited for money; null for all.</param>
    /// <returns>Null when there is none, or billing is paused.</returns>
    public async Task<Claim?> TakeAsync(DateTimeOffset? attemptedBefore, CancellationToken ct, long? topUpId = null)
    {
        // Made before the claim is written, so that it ends no later than the claim's deadline in the database.
        var deadline = new SendDeadline(time, options.Value.ClaimTime);
        while (true)
        {
            try
            {
                return await database.FindAsync(TakeSql, row => new Claim(row.Get<long>("debit_id"), row.Get<int>("claim_number"),
                    row.Get<long>("account_id"), row.Get<int>("user_id"), row.Get<bool>("gives_tokens"), row.Get<int>("tokens"),
                    row.Get<string>("reference"), deadline, row.Get<bool>("is_short")), ct,
                    ("claim_time", options.Value.ClaimTime), ("attempted_before", attemptedBefore?.UtcDateTime), ("top_up_id", topUpId));
            }
            catch (PostgresException e) when (e.ConstraintName == UnderWay) // Another sender took one of the same account in this moment.
            {
            }
        }
    }

    /// <returns>Whether debits wait because billing is paused, individually or with all jobs.</returns>
    public Task<bool> ArePausedAsync(CancellationToken ct) => database.ScalarAsync<bool>(IsPausedSql, ct);

    /// <returns>False when the claim is no longer this sender's: it must not send.</returns>
    public async Task<bool> StoreBalanceAsync(Claim claim, decimal balanceTokens, CancellationToken ct) =>
        await database.ExecuteAsync(StoreBalanceSql, ct, ("id", claim.DebitId), ("claim_number", claim.ClaimNumber),
            ("balance", balanceTokens)) == 1;

    /// <summary>Puts a debit that was not sent back to pending. No refusal is counted.</summary>
    /// <param name="isAttempt">False: the same pass may take it again.</param>
    public Task ReleaseAsync(Claim claim, TimeSpan wait, string message, bool isAttempt = true) =>
        database.ExecuteAsync(ReleaseSql, CancellationToken.None,
            ("id", claim.DebitId), ("claim_number", claim.ClaimNumber), ("wait", wait), ("message", message), ("is_attempt", isAttempt));

    /// <summary>Puts a refused debit back to pending with back-off, or holds it after the last attempt.</summary>
    public Task RefuseAsync(Claim claim, string message) =>
        database.ExecuteAsync(RefuseSql, CancellationToken.None,
            ("id", claim.DebitId), ("claim_number", claim.ClaimNumber), ("message", message), ("max_attempts", options.Value.MaxAttempts));

    /// <summary>Puts a debit back to pending, as its wallet holds too little: a reading that shows enough wakes it, and no refusal is
    /// counted.</summary>
    /// <param name="wait">After which it is sent again though no reading has shown enough; null: as it was.</param>
    public Task WaitForMoneyAsync(Claim claim, TimeSpan? wait, string message) =>
        database.ExecuteAsync(WaitForMoneySql, CancellationToken.None,
            ("id", claim.DebitId), ("claim_number", claim.ClaimNumber), ("wait", wait), ("message", message));

    /// <summary>Marks a debit whose answer was lost as in doubt.</summary>
    public Task DoubtAsync(Claim claim, string message) =>
        database.ExecuteAsync(DoubtSql, CancellationToken.None,
            ("id", claim.DebitId), ("claim_number", claim.ClaimNumber), ("message", message));

    /// <summary>Notes on a held debit that VirtFusion accepted it after all, so that nobody sends it again.</summary>
    public Task NoteAsync(Claim claim, string creditId) =>
        database.ExecuteAsync(NoteSql, CancellationToken.None, ("id", claim.DebitId), ("claim_number", claim.ClaimNumber),
            ("credit_id", creditId));
}
