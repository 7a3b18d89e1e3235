using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Wallet;

/// <summary>Resolves debits in doubt by the wallet's balance. VirtFusion has no idempotency key and no list of credits, so there is no
/// other evidence; what the balance doesn't prove is held for a person.</summary>
public sealed class InDoubt(
    NpgsqlDataSource database, VirtFusionClient virtFusion, Settlements settlements, WalletProof proof, WalletReadings readings,
    IOptions<WalletOptions> options, ILogger<InDoubt> logger)
{
    private const int ResolvedAtOnce = 8;

    // For so long a wallet without a reading is unknown. After that it is its own fault, if VirtFusion answered otherwise in the last hour.
    private static readonly TimeSpan MaxUnread = TimeSpan.FromDays(1), AnsweredWithin = TimeSpan.FromHours(1);

    // A sender that died before it stored a balance has sent nothing. One that stored it may have.
    private const string ExpireSql = """
        update cron_service.debits
        set state = case when balance_before_tokens is null then 'pending' else 'in_doubt' end,
            message = case when balance_before_tokens is null then 'the sender was lost before anything was sent'
                else 'the sender was lost: nothing is known of its answer' end
        where state = 'sending' and deadline < now()
        """;

    // now() is read with the row, before the balance: a reading is never dated too late.
    private const string DoubtfulSql = """
        select d.id as debit_id, d.claim_number, a.user_id, d.kind in ('refund', 'grant') as gives_tokens, d.tokens,
               d.balance_before_tokens as balance_before, now() > d.deadline + @wait as has_waited,
               d.last_reading_at is not null as has_reading, now() as read_at,
               now() > greatest(d.deadline, d.last_reading_at) + @max_unread and exists (select from cron_service.observations
                   where is_complete and observed_at > now() - @answered_within) as is_unread
        from cron_service.debits d join cron_service.accounts a on a.id = d.account_id
        where d.state = 'in_doubt' order by d.id
        """;

    private const string FirstReadingSql = """
        update cron_service.debits set last_reading_tokens = @tokens, last_reading_at = @at
        where id = @id and claim_number = @claim_number and state = 'in_doubt' and last_reading_at is null
        """;

    private const string ResendSql = """
        update cron_service.debits set state = 'pending', next_attempt_at = now(), last_reading_tokens = @tokens, last_reading_at = @at,
            message = 'the balance did not change: not taken'
        where id = @id and claim_number = @claim_number and state = 'in_doubt'
        """;

    private const string HoldSql = """
        update cron_service.debits set state = 'held', last_reading_tokens = coalesce(@tokens::numeric, last_reading_tokens),
            last_reading_at = coalesce(@at::timestamptz, last_reading_at), message = @message
        where id = @id and claim_number = @claim_number and state = 'in_doubt'
        """;

    /// <summary>Resolves every debit in doubt that can be resolved by now.</summary>
    public async Task ResolveAsync(CancellationToken ct)
    {
        await database.ExecuteAsync(ExpireSql, ct);
        var doubtful = await database.QueryAsync<Doubt>(DoubtfulSql, ct, ("wait", options.Value.InDoubtWait),
            ("max_unread", MaxUnread), ("answered_within", AnsweredWithin));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ResolvedAtOnce, CancellationToken = ct };
        await Parallel.ForEachAsync(doubtful, parallel, async (doubt, token) =>
        {
            try
            {
                await ResolveOneAsync(doubt, token);
            }
            catch (NpgsqlException e) // Only this debit waits; the others and the run go on.
            {
                logger.LogWarning("Debit {DebitId} stays in doubt: the result could not be written: {Reason}", doubt.DebitId, e.Message);
            }
        });
    }

    private async Task ResolveOneAsync(Doubt doubt, CancellationToken ct)
    {
        var answer = await virtFusion.ReadBalanceAsync(doubt.UserId, ct);
        if (answer is not BalanceReading.Tokens(var tokens))
        {
            if (doubt.HasWaited && answer is BalanceReading.Refused { Status: 404 } || doubt.IsUnread)
                await HoldAsync(doubt, null, $"the balance can't be read: {answer.Problem}", ct);
            return;
        }

        var expected = doubt.BalanceBefore + (doubt.GivesTokens ? doubt.Tokens : -doubt.Tokens);
        (string, object?)[] reading = [("id", doubt.DebitId), ("claim_number", doubt.ClaimNumber), ("tokens", tokens),
            ("at", doubt.ReadAt)];
        if (tokens == expected)
        {
            await settlements.SettleAsync(doubt.DebitId, doubt.ClaimNumber, null,
                $"the balance moved from {doubt.BalanceBefore} to {tokens}: taken, credit id unknown", ct, tokens);
            logger.LogInformation("Debit {DebitId} was in doubt: the balance says that it was taken", doubt.DebitId);
        }
        else if (!doubt.HasWaited)
            return;
        else if (tokens != doubt.BalanceBefore)
            await HoldAsync(doubt, tokens, $"the balance moved from {doubt.BalanceBefore} to {tokens}, where {expected} or " +
                $"{doubt.BalanceBefore} was expected: something else moved the wallet", ct);
        else if (!doubt.HasReading)
            await database.ExecuteAsync(FirstReadingSql, ct, reading);
        else if (await proof.ExistsAsync(ct))
        {
            await database.ExecuteAsync(ResendSql, ct, reading);
            await readings.StoreAsync(doubt.UserId, tokens, doubt.ReadAt, ct);
            logger.LogInformation("Debit {DebitId} was in doubt: the balance did not change, it is sent again", doubt.DebitId);
        }
        else
            await HoldAsync(doubt, tokens, $"the balance is still {tokens}, but VirtFusion's balance was never yet seen to fall after a " +
                $"confirmed debit, so an unchanged one proves nothing", ct);
    }

    private async Task HoldAsync(Doubt doubt, decimal? tokens, string message, CancellationToken ct)
    {
        await database.ExecuteAsync(HoldSql, ct, ("id", doubt.DebitId), ("claim_number", doubt.ClaimNumber), ("tokens", tokens),
            ("at", tokens is null ? null : doubt.ReadAt), ("message", message));
        logger.LogWarning("Debit {DebitId} is held: {Reason}", doubt.DebitId, message);
    }

    private sealed record Doubt(
        long DebitId, int ClaimNumber, int UserId, bool GivesTokens, long Tokens, decimal BalanceBefore, bool HasWaited, bool HasReading,
            DateTime ReadAt, bool IsUnread);
}
