using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Wallet;

/// <summary>Delivers pending debits: claims one, reads the wallet's balance, sends the debit and records the outcome. Any number of
/// instances may deliver at once.</summary>
public sealed class Delivery(
    Claims claims, Settlements settlements, WalletProof proof, VirtFusionClient virtFusion, VirtFusionConnection connection,
    TimeProvider time, IOptions<VirtFusionOptions> virtFusionOptions, IOptions<WalletOptions> options, ILogger<Delivery> logger)
{
    private static readonly TimeSpan SettleRetryWait = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan ShortWait = TimeSpan.FromHours(1);
    private const int SettleAttempts = 5;

    // Says by itself that money is missing, also where another hand emptied the wallet after it was read.
    private const int PaymentRequired = 402;

    /// <summary>Attempts every pending debit whose time has come, each once. A debit waits while its job is paused, which is payments for
    /// top-ups and hourly-billing for the others, or everything.</summary>
    /// <param name="attemptedBefore">For a run: also those that are backing off, unless attempted since this instant.</param>
    /// <param name="ct">Stops between debits, as a pause does; one that is being sent is finished.</param>
    /// <param name="topUpId">Only those of this top-up; null for all.</param>
    public async Task<DeliveryResult> DeliverAsync(DateTimeOffset? attemptedBefore, CancellationToken ct, long? topUpId = null)
    {
        var pass = new DeliveryPass(time);
        if (!connection.IsConfigured)
            pass.Stop("VirtFusion's address and token are not known: what is owed is taken when they are");
        using var free = new SemaphoreSlim(topUpId is null ? MaxSenders() : 1);
        await SendAllAsync();
        return pass.Result(await claims.ArePausedAsync(CancellationToken.None));

        // A sender that finds a debit starts another one: most passes find none or a few, and each sender needs a connection.
        async Task SendAllAsync()
        {
            if (!await free.WaitAsync(TimeSpan.Zero, CancellationToken.None))
                return;
            var next = Task.CompletedTask;
            try
            {
                while (await pass.MayGoOnAsync(ct) && await claims.TakeAsync(attemptedBefore, ct, topUpId) is { } claim)
                {
                    if (next.IsCompletedSuccessfully)
                        next = SendAllAsync();
                    await SendAsync(claim, pass, ct);
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested) // Between two debits: the result has what was sent so far.
            {
            }
            finally
            {
                free.Release();
                await next;
            }
        }
    }

    // Calls are limited to MaxConcurrency by the client; twice as many senders keep them busy while others write to the database. But
    // all of them together must get two calls each through the rate in half of a claim's time: in a longer queue every claim
    // would expire, be claimed again and queue again.
    private int MaxSenders() => (int)Math.Clamp(
        virtFusionOptions.Value.RequestsPerSecond * options.Value.ClaimTime.TotalSeconds / 4, 1,
            virtFusionOptions.Value.MaxConcurrency * 2);

    private async Task SendAsync(Claim claim, DeliveryPass pass, CancellationToken ct)
    {
        try
        {
            if (pass.IsPaused) // Since it was claimed: a debit that waits is claimed by nobody.
            {
                await claims.ReleaseAsync(claim, TimeSpan.Zero, "429 for another debit", isAttempt: false);
                return;
            }
            if (await ReadBalanceAsync(claim, pass, ct) is not { } balance)
                return;
            if (!await claims.StoreBalanceAsync(claim, balance, ct))
            {
                await claims.ReleaseAsync(claim, TimeSpan.Zero, "the claim ran out before anything was sent");
                return;
            }
            if (claim.IsShort && balance < claim.Tokens)
            {
                await WaitForMoneyAsync(claim, balance, null, "it is sent when the wallet holds enough");
                return;
            }
            await ActOnAsync(claim, balance, await virtFusion.AddCreditAsync(claim.UserId, claim.Credit, claim.DebitId, claim.Reference,
                claim.Deadline, ct), pass);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) // Before the order was written: the wallet did not move.
        {
            await claims.ReleaseAsync(claim, TimeSpan.Zero, "stopped before anything was sent");
        }
        catch (NpgsqlException e) // After its deadline it is resolved like that of a sender that died.
        {
            pass.Fail(claim, $"is left as it stands, the database failed: {e.Message}");
            logger.LogWarning("Debit {DebitId} is left as it stands: {Reason}", claim.DebitId, e.Message);
        }
    }

    private async Task<decimal?> ReadBalanceAsync(Claim claim, DeliveryPass pass, CancellationToken ct)
    {
        using var timeLimit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeLimit.CancelAfter(options.Value.ClaimTime);
        try
        {
            switch (await virtFusion.ReadBalanceAsync(claim.UserId, timeLimit.Token))
            {
                case BalanceReading.Tokens(var tokens):
                    return tokens;
                case BalanceReading.Unauthorized:
                    await StopAsync(claim, pass, "reading the balance");
                    break;
                case BalanceReading.RateLimited(var wait):
                    await PauseAsync(claim, pass, wait, "reading the balance");
                    break;
                case BalanceReading.Refused(var status, var message):
                    await RefuseAsync(claim, pass, $"{$"{status} {message}".TrimEnd()} when reading the balance");
                    break;
                case BalanceReading.Unknown(var reason):
                    await PutOffAsync(claim, pass, $"the balance could not be read: {reason}");
                    break;
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) // The claim's time is up; nothing was sent.
        {
            await PutOffAsync(claim, pass, $"the balance could not be read within {options.Value.ClaimTime}");
        }
        return null;
    }

    private async Task ActOnAsync(Claim claim, decimal balance, CreditOutcome outcome, DeliveryPass pass)
    {
        switch (outcome)
        {
            case CreditOutcome.Accepted(var creditId):
                await SettleAsync(claim, creditId);
                pass.Settled(claim.Credit);
                await proof.TryAsync(claim, balance);
                break;
            case CreditOutcome.Refused(var status, var message) when !claim.GivesTokens
                && (status == PaymentRequired || status is 400 or 409 or 422 && balance < claim.Tokens):
                await WaitForMoneyAsync(claim, balance, ShortWait, $"VirtFusion refused it: {message}");
                break;
            case CreditOutcome.Refused(var status, var message):
                await RefuseAsync(claim, pass, status == 0 ? message : $"{status} {message}".TrimEnd());
                break;
            case CreditOutcome.Unauthorized:
                await StopAsync(claim, pass, "sending");
                break;
            case CreditOutcome.RateLimited(var wait):
                await PauseAsync(claim, pass, wait, "sending");
                break;
            case CreditOutcome.TooLate:
                await claims.ReleaseAsync(claim, TimeSpan.Zero, "the claim ran out before anything was sent");
                break;
            case CreditOutcome.InDoubt(var reason):
                pass.Fail(claim, $"is in doubt: {reason}; it is resolved by the wallet's balance");
                logger.LogWarning("Debit {DebitId} of {Tokens} tokens is in doubt: {Reason}", claim.DebitId, claim.Tokens, reason);
                await claims.DoubtAsync(claim, reason);
                break;
        }
    }

    // The wallet has changed: a short outage of the database must not leave the debit in doubt.
    private async Task SettleAsync(Claim claim, string creditId)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await settlements.SettleAsync(claim.DebitId, claim.ClaimNumber, creditId, null, CancellationToken.None))
                    return;

                await claims.NoteAsync(claim, creditId);
                logger.LogWarning("Debit {DebitId} was accepted as credit {CreditId}, and had been decided meanwhile", claim.DebitId,
                    creditId);
                return;
            }
            catch (NpgsqlException e) when (attempt < SettleAttempts) // Repeating is harmless: a settled debit is left alone.
            {
                logger.LogWarning("Debit {DebitId} is not settled yet: {Reason}", claim.DebitId, e.Message);
                await Task.Delay(SettleRetryWait * attempt, time, CancellationToken.None);
            }
        }
    }

    private async Task StopAsync(Claim claim, DeliveryPass pass, string when)
    {
        pass.Stop("VirtFusion answered 401: the API token is refused");
        await claims.ReleaseAsync(claim, TimeSpan.Zero, $"401 when {when}");
    }

    private async Task PauseAsync(Claim claim, DeliveryPass pass, TimeSpan? wait, string when)
    {
        pass.Pause(wait);
        await claims.ReleaseAsync(claim, TimeSpan.Zero, $"429 when {when}", isAttempt: false);
    }

    private async Task RefuseAsync(Claim claim, DeliveryPass pass, string message)
    {
        pass.Fail(claim, $"was refused: {message}");
        await claims.RefuseAsync(claim, message);
    }

    // Whether VirtFusion lets a wallet go below zero isn't documented. What it refuses then waits for money, not for a person; it is sent
    // again each hour, as the refusal may have had another reason.
    private async Task WaitForMoneyAsync(Claim claim, decimal balance, TimeSpan? wait, string message)
    {
        logger.LogInformation("Debit {DebitId} waits for money: the wallet of user {UserId} holds {Balance} of {Tokens} tokens",
            claim.DebitId, claim.UserId, balance, claim.Tokens);
        await claims.WaitForMoneyAsync(claim, wait,
            FormattableString.Invariant($"waits for money: the wallet holds {balance} of {claim.Tokens} tokens; {message}"));
    }

    private async Task PutOffAsync(Claim claim, DeliveryPass pass, string message)
    {
        pass.Fail(claim, $"waits: {message}");
        await claims.ReleaseAsync(claim, TimeSpan.FromMinutes(1), message);
    }
}
