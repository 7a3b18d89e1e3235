using Microsoft.Extensions.Logging;
using Npgsql;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Payments;

/// <summary>Takes a top-up's next steps, whoever wakes it: a return, a webhook or the sweep. One at a time for a top-up; others leave word
/// and go.</summary>
public sealed class TopUpSteps(
    TopUpClaims claims, TopUpOrders orders, TopUpRefunds refunds, Grants grants, Delivery delivery, PayPalClient payPal,
    AfterTopUp afterTopUp, TimeProvider time, ILogger<TopUpSteps> logger)
{
    private const int AtOnce = 4;
    private const int MostSteps = 10;

    // PayPal lets a payer dispute for 180 days.
    private static readonly TimeSpan LookedAfterFor = TimeSpan.FromDays(200);

    /// <summary>Takes steps until nothing more is to be done now.</summary>
    public async Task AdvanceAsync(long id, CancellationToken ct)
    {
        for (var step = 0; step < MostSteps; step++)
        {
            if (await claims.TakeAsync(id, ct) is not { } topUp)
            {
                await claims.WakeAsync(id, CancellationToken.None);
                return;
            }
            var outcome = StepOutcome.Failed;
            var isWoken = false;
            try
            {
                outcome = await StepAsync(topUp, ct);
            }
            finally
            {
                isWoken = await claims.ReleaseAsync(topUp, Wait(topUp, outcome), outcome == StepOutcome.Failed);
            }
            // What a person granted is on its way already, and is not delivered yet.
            var isMoving = outcome == StepOutcome.MovesTokens || step == 0 && topUp.State == TopUpState.Granting;
            if (isMoving)
            {
                await delivery.DeliverAsync("top-up", null, ct, id);
                await afterTopUp(topUp.AccountId);
            }
            if (!isWoken && !isMoving && outcome is StepOutcome.Done or StepOutcome.Failed)
                return;
        }
    }

    /// <summary>Takes the steps of all top-ups whose time has come. One that fails doesn't keep the others waiting.</summary>
    /// <param name="onlyWoken">Only those that a return or a webhook asked to look at, and those whose tokens are on their way.</param>
    /// <returns>How many were processed, and what failed.</returns>
    public async Task<(int Count, IReadOnlyList<string> Failures)> AdvanceDueAsync(bool onlyWoken, CancellationToken ct)
    {
        var due = await claims.DueAsync(onlyWoken, ct);
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct },
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

    /// <returns>How many the sweep would look at now.</returns>
    public async Task<int> CountDueAsync(CancellationToken ct) => (await claims.DueAsync(onlyWoken: false, ct)).Count;

    private async Task<StepOutcome> StepAsync(TopUp topUp, CancellationToken ct) => topUp switch
    {
        { State: TopUpState.Created } => await orders.CreateAsync(topUp, ct),
        { State: TopUpState.Denied } => StepOutcome.Done,
        { CapturedAt: null } => await orders.LookAsync(topUp, ct),
        { State: TopUpState.Captured or TopUpState.Granting } => await grants.AlignAsync(topUp, ct) ? StepOutcome.MovesTokens
            : await FollowAsync(topUp, ct),
        _ => await FollowAsync(topUp, ct),
    };

    // After the money is there: refunds that were ordered here, then what PayPal shows as given back or disputed.
    private async Task<StepOutcome> FollowAsync(TopUp topUp, CancellationToken ct)
    {
        if (!topUp.IsDisputed && !await refunds.SendAsync(topUp, ct))
            return StepOutcome.Failed;
        var dispute = topUp.DisputeId is { } id ? await payPal.FindDisputeAsync(id, ct) : null;
        if (dispute is not (null or PayPalOutcome<PayPalDispute>.Done))
            return Fail(topUp, "its dispute", dispute);
        var shown = (dispute as PayPalOutcome<PayPalDispute>.Done)?.Value;
        if (shown is not null && !shown.CaptureIds.Contains(topUp.CaptureId))
            shown = null;
        var order = await FindOrderAsync(topUp, ct);
        if (order is not PayPalOutcome<PayPalOrder>.Done(var found))
            return Fail(topUp, "its order", order);
        if (GivenBack.Of(topUp, found, shown) is not { } givenBack)
        {
            logger.LogWarning("Top-up {TopUpId}: PayPal doesn't show how much of its capture was given back", topUp.Id);
            return StepOutcome.Failed;
        }
        await claims.WriteGivenBackAsync(topUp, givenBack.Refunded, givenBack.Lost, shown);
        return await grants.AlignAsync(topUp, ct) ? StepOutcome.MovesTokens : StepOutcome.Done;
    }

    // PayPal forgets orders sooner than captures.
    private async Task<PayPalOutcome<PayPalOrder>> FindOrderAsync(TopUp topUp, CancellationToken ct)
    {
        var order = await payPal.FindOrderAsync(topUp.OrderId!, ct);
        return order is PayPalOutcome<PayPalOrder>.Refused { IsNotFound: true }
            && await payPal.FindCaptureAsync(topUp.CaptureId!, ct) is PayPalOutcome<PayPalCapture>.Done(var capture)
            ? new PayPalOutcome<PayPalOrder>.Done(new(topUp.OrderId!, "COMPLETED", capture.CustomId, capture.Amount, capture.PayeeId, null,
                [capture], [])) : order;
    }

    private StepOutcome Fail<T>(TopUp topUp, string what, PayPalOutcome<T> outcome)
    {
        logger.LogWarning("Top-up {TopUpId}: PayPal doesn't show {What}: {Reason}", topUp.Id, what, outcome switch
        {
            PayPalOutcome<T>.Refused refused => refused.Message, PayPalOutcome<T>.InDoubt doubt => doubt.Reason, _ => "unreadable",
        });
        return StepOutcome.Failed;
    }

    // How long until the sweep looks again by itself.
    private TimeSpan? Wait(TopUp topUp, StepOutcome outcome)
    {
        var age = time.GetUtcNow().UtcDateTime - topUp.CreatedAt;
        if (outcome == StepOutcome.Failed)
            return TimeSpan.FromMinutes(Math.Min(60, Math.Pow(2, Math.Min(topUp.FailedLooks, 6))));
        if (outcome != StepOutcome.Done)
            return TimeSpan.Zero;
        return topUp.CapturedAt is null ? TopUpOrders.Wait(topUp, age)
            : age > LookedAfterFor && !topUp.IsDisputed ? null
            : topUp.State is TopUpState.Captured or TopUpState.Granting ? TimeSpan.FromMinutes(1)
            : TimeSpan.FromHours(age < TimeSpan.FromDays(1) || topUp.IsDisputed ? 6 : Math.Min(7 * 24, age.TotalHours / 4));
    }
}

/// <summary>Does what follows when the tokens of a top-up may have moved. It doesn't throw, nor keep a payer waiting for long.</summary>
public delegate Task AfterTopUp(long accountId);

/// <summary>What came of a step.</summary>
public enum StepOutcome
{
    /// <summary>PayPal gave no clear answer, or it could not be written: tried again later.</summary>
    Failed,

    /// <summary>Nothing more is to be done now.</summary>
    Done,

    /// <summary>The next step can be taken at once.</summary>
    GoesOn,

    /// <summary>The same, after the debit that was opened is delivered.</summary>
    MovesTokens,
}
