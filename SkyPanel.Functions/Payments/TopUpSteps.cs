using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Payments;

/// <summary>Takes a top-up's next steps after a return, a webhook or a decision, or as due. One process at a time takes the steps of a
/// top-up; others only wake it.</summary>
public sealed class TopUpSteps(
    TopUpClaims claims, TopUpQueries queries, TopUpOrders orders, TopUpRefunds refunds, Grants grants, Delivery delivery,
    PayPalClient payPal, AfterTopUp afterTopUp, TimeProvider time, ILogger<TopUpSteps> logger)
{
    private const int MaxParallelism = 4;
    private const int MaxSteps = 10;

    // PayPal lets a payer dispute for 180 days.
    private static readonly TimeSpan FollowedFor = TimeSpan.FromDays(200);

    /// <summary>Takes steps until none is left to take now.</summary>
    public async Task AdvanceAsync(long id, CancellationToken ct)
    {
        for (var step = 0; step < MaxSteps; step++)
        {
            if (await claims.TakeAsync(id, ct) is not { } topUp)
            {
                await claims.WakeAsync(id, CancellationToken.None);
                return;
            }
            var outcome = StepOutcome.Failed;
            var (isWoken, isStopped) = (false, false);
            try
            {
                outcome = await StepAsync(topUp, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested) // No failure of PayPal: the next heartbeat takes the step.
            {
                isStopped = true;
                await claims.WakeAsync(id, CancellationToken.None);
                throw;
            }
            finally
            {
                isWoken = await claims.ReleaseAsync(topUp, await WaitAsync(topUp, outcome),
                    isStopped ? null : outcome == StepOutcome.Failed);
            }
            // The debit of a grant by a person is open already, and must be delivered.
            var isMoving = outcome == StepOutcome.MovesTokens || step == 0 && topUp.State == TopUpState.Granting;
            if (isMoving)
            {
                await delivery.DeliverAsync(null, ct, id);
                await afterTopUp(topUp.AccountId);
            }
            if (!isWoken && !isMoving && outcome is StepOutcome.Done or StepOutcome.Failed)
                return;
        }
    }

    /// <summary>Takes the steps of all due top-ups. A failure doesn't stop the others.</summary>
    /// <param name="onlyWoken">Only those that were woken by a return or a webhook, and those whose tokens are being delivered.</param>
    /// <returns>The number of processed top-ups, and the failures.</returns>
    public async Task<(int Count, IReadOnlyList<string> Failures)> AdvanceDueAsync(bool onlyWoken, CancellationToken ct)
    {
        var due = await claims.DueAsync(onlyWoken, ct);
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = MaxParallelism, CancellationToken = ct },
            async (id, token) =>
        {
            try
            {
                await AdvanceAsync(id, token);
            }
            catch (NpgsqlException e)
            {
                logger.LogWarning("Top-up {TopUpId} is left as it stands: {Reason}", id, e.Message);
                failures.Enqueue($"top-up {id}: {e.Message}");
            }
        });
        return (due.Count, [.. failures]);
    }

    /// <summary>Counts the due top-ups.</summary>
    public async Task<int> CountDueAsync(CancellationToken ct) => (await claims.DueAsync(onlyWoken: false, ct)).Count;

    private async Task<StepOutcome> StepAsync(TopUp topUp, CancellationToken ct) => topUp switch
    {
        { State: TopUpState.Created } => await orders.CreateAsync(topUp, ct),
        { State: TopUpState.Denied } => StepOutcome.Done,
        { CapturedAt: null } => await orders.CheckAsync(topUp, ct),
        // Its tokens are under way: that they have arrived is no question to PayPal.
        { State: TopUpState.Granting } => await grants.AlignAsync(topUp, ct) ? StepOutcome.MovesTokens : await FollowAsync(topUp, ct),
        _ => await FollowAsync(topUp, ct),
    };

    // After the payment: reads its dispute, sends ordered refunds, then reads returned amounts from PayPal. Only then are tokens granted.
    private async Task<StepOutcome> FollowAsync(TopUp topUp, CancellationToken ct)
    {
        var dispute = topUp.DisputeId is { } id ? await payPal.FindDisputeAsync(id, ct) : null;
        if (dispute is not (null or PayPalOutcome<PayPalDispute>.Done))
        {
            var failed = Fail(topUp, "its dispute", dispute);
            // A dispute that PayPal refuses to show must not hide refunds, nor be passed over by a grant.
            if (dispute is not PayPalOutcome<PayPalDispute>.Refused refused)
                return failed;
            if (topUp.IsDisputed && refused.IsNotFound)
                return await claims.ForgetDisputeAsync(topUp, $"PayPal no longer shows how the dispute {topUp.DisputeId} ended")
                    ? StepOutcome.Continue : failed;
            if (topUp.State == TopUpState.Captured)
                return await HoldAsync(topUp, $"PayPal reported the dispute {topUp.DisputeId}, and doesn't show it");
        }
        var shown = (dispute as PayPalOutcome<PayPalDispute>.Done)?.Value;
        if (shown is not null && !shown.CaptureIds.Contains(topUp.CaptureId))
            shown = null;
        // Not before the outcome of a dispute is stored: it may have given the money back.
        if (!topUp.IsDisputed && (shown is null || shown.State == topUp.DisputeState) && !await refunds.SendAsync(topUp, ct))
            return StepOutcome.Failed;
        var order = await orders.FindAsync(topUp, ct);
        if (order is not PayPalOutcome<PayPalOrder>.Done(var found))
            return Fail(topUp, "its order", order);
        if (ReturnedAmounts.Of(topUp, found, shown, await refunds.DoneAsync(topUp, ct)) is not { } returned)
        {
            logger.LogWarning("Top-up {TopUpId}: PayPal doesn't show how much of its capture was given back", topUp.Id);
            return topUp.State == TopUpState.Captured
                ? await HoldAsync(topUp, "PayPal doesn't show how much of it was given back: look there before you grant it")
                : StepOutcome.Failed;
        }
        await claims.WriteReturnedAsync(topUp, returned, shown);
        // Not while more than its refunds has to be remembered of the closed one.
        if (shown is { State: not DisputeState.Open } && returned.Lost == 0 && await claims.FollowOtherAsync(topUp))
            return StepOutcome.Continue;
        return await grants.AlignAsync(topUp, ct) ? StepOutcome.MovesTokens : StepOutcome.Done;
    }

    private async Task<StepOutcome> HoldAsync(TopUp topUp, string difference) =>
        await claims.WriteAsync(topUp, TopUpState.Held, difference, difference: difference) ? StepOutcome.Done : StepOutcome.Failed;

    private StepOutcome Fail<T>(TopUp topUp, string what, PayPalOutcome<T> outcome)
    {
        logger.LogWarning("Top-up {TopUpId}: PayPal doesn't show {What}: {Reason}", topUp.Id, what, outcome switch
        {
            PayPalOutcome<T>.Refused refused => refused.Message, PayPalOutcome<T>.InDoubt doubt => doubt.Reason, _ => "unreadable",
        });
        return StepOutcome.Failed;
    }

    // The time until the job takes the next step.
    private async Task<TimeSpan?> WaitAsync(TopUp claimed, StepOutcome outcome)
    {
        if (outcome is StepOutcome.Continue or StepOutcome.MovesTokens)
            return TimeSpan.Zero;
        // As the step has left it: a cancelled one may be pending now.
        var topUp = await queries.FindAsync(claimed.Id, CancellationToken.None) ?? claimed;
        var now = time.GetUtcNow().UtcDateTime;
        var age = now - topUp.CreatedAt;
        return age > FollowedFor && IsComplete(topUp) ? null
            : outcome == StepOutcome.Failed ? TimeSpan.FromMinutes(Math.Min(60, Math.Pow(2, Math.Min(claimed.FailedSteps, 6))))
            : topUp.CapturedAt is not { } capturedAt ? TopUpOrders.Wait(topUp, age)
            : topUp.State == TopUpState.Captured ? TimeSpan.FromMinutes(1)
            // A grant that waits for a person or for VirtFusion is no reason to ask PayPal each minute.
            : topUp.State == TopUpState.Granting ? TimeSpan.FromMinutes(Math.Clamp((now - capturedAt).TotalMinutes / 10, 1, 15))
            : topUp.RefundState == RefundState.Ordered && !topUp.IsDisputed ? TimeSpan.FromMinutes(1)
            : topUp.IsTakingBack ? TimeSpan.FromMinutes(15)
            : TimeSpan.FromHours(age < TimeSpan.FromDays(1) || topUp.IsDisputed ? 6 : Math.Min(7 * 24, age.TotalHours / 4));
    }

    // Nothing is left to do here, even if PayPal no longer shows it.
    private static bool IsComplete(TopUp topUp) => topUp is { CapturedAt: not null, IsDisputed: false, IsTakingBack: false,
        State: not (TopUpState.Captured or TopUpState.Granting), RefundState: not RefundState.Ordered };
}

/// <summary>Called when the tokens of a top-up may have moved. It doesn't throw, and returns soon.</summary>
public delegate Task AfterTopUp(long accountId);

public enum StepOutcome
{
    /// <summary>PayPal's answer was unclear or could not be stored; the step is repeated later.</summary>
    Failed,

    /// <summary>No step is left to take now.</summary>
    Done,

    /// <summary>The next step can be taken at once.</summary>
    Continue,

    /// <summary>The next step can be taken after the delivery of the opened debit.</summary>
    MovesTokens,
}
