using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Payments;

/// <summary>Takes the steps of a top-up until it is paid: creates the order, checks it, and captures it when it is approved as
/// requested.</summary>
public sealed class TopUpOrders(TopUpClaims claims, TopUpQueries queries, PayPalClient payPal, IOptions<PublicOptions> options,
    IOptions<PayPalOptions> limits, TimeProvider time, ILogger<TopUpOrders> logger)
{
    // After these times the top-up expires, or a person looks for a payment that PayPal no longer shows.
    private static readonly TimeSpan MaxCreateTime = TimeSpan.FromHours(1), MaxApproveTime = TimeSpan.FromDays(1),
        MaxPendingTime = TimeSpan.FromDays(60);

    public async Task<StepOutcome> CreateAsync(TopUp topUp, CancellationToken ct)
    {
        if (Age(topUp) > MaxCreateTime || options.Value.Address is not { } address)
            return await WriteAsync(topUp, TopUpState.Expired, "no order could be made at PayPal");
        var outcome = await payPal.CreateOrderAsync(new(topUp.Reference, topUp.Amount, $"{topUp.Tokens} tokens",
            $"{address}/api/paypal/return", $"{address}/api/paypal/cancel"), ct);
        return outcome switch
        {
            PayPalOutcome<PayPalOrder>.Done { Value: { ApproveUrl: not null } order } =>
                await claims.WriteAsync(topUp, TopUpState.Ordered, null, order) ? StepOutcome.Done : StepOutcome.Failed,
            PayPalOutcome<PayPalOrder>.Refused(_, _, var message) =>
                await WriteAsync(topUp, TopUpState.Cancelled, $"PayPal refused the order: {message}"),
            PayPalOutcome<PayPalOrder>.InDoubt(var reason, _) => await UnclearAsync(topUp, reason),
            _ => await UnclearAsync(topUp, "PayPal's order can't be approved anywhere"),
        };
    }

    public async Task<StepOutcome> CheckAsync(TopUp topUp, CancellationToken ct)
    {
        if (topUp.OrderId is null)
            return StepOutcome.Done;
        return await FindAsync(topUp, ct) switch
        {
            PayPalOutcome<PayPalOrder>.Done(var order) when topUp.State == TopUpState.Held => OrderAssessment.Of(topUp, order) switch
            {
                OrderAssessment.Paid(var capture) => await HoldAsync(topUp, capture, topUp.Difference!),
                OrderAssessment.Differs(var capture, var difference) => await HoldAsync(topUp, capture, difference),
                _ => StepOutcome.Done,
            },
            PayPalOutcome<PayPalOrder>.Done(var order) => await ActAsync(topUp, order, ct),
            PayPalOutcome<PayPalOrder>.Refused { IsNotFound: true } when topUp.State.IsBeforePayment() =>
                await WriteAsync(topUp, TopUpState.Expired, "nobody approved it in time"),
            PayPalOutcome<PayPalOrder>.Refused { IsNotFound: true } when topUp.State == TopUpState.Held => StepOutcome.Done,
            // Nothing shows whether it was paid.
            PayPalOutcome<PayPalOrder>.Refused { IsNotFound: true } when Age(topUp) > MaxApproveTime
                && topUp.State is (TopUpState.Capturing or TopUpState.InDoubt) => await HoldAsync(topUp, null, "the answer to its " +
                    $"capture was lost, and PayPal no longer has the order: look for the invoice {topUp.Reference} at PayPal"),
            PayPalOutcome<PayPalOrder>.Refused { IsNotFound: true } when topUp.State == TopUpState.Pending && Age(topUp) > MaxPendingTime =>
                await HoldAsync(topUp, null, $"PayPal no longer has its pending payment: look for the invoice {topUp.Reference} at PayPal"),
            PayPalOutcome<PayPalOrder>.Refused(_, _, var message) => await UnclearAsync(topUp, message),
            PayPalOutcome<PayPalOrder>.InDoubt(var reason, _) => await UnclearAsync(topUp, reason),
            _ => StepOutcome.Failed,
        };
    }

    /// <summary>Reads the order, or its capture alone: PayPal deletes orders earlier than captures.</summary>
    public async Task<PayPalOutcome<PayPalOrder>> FindAsync(TopUp topUp, CancellationToken ct)
    {
        var order = await payPal.FindOrderAsync(topUp.OrderId!, ct);
        return order is PayPalOutcome<PayPalOrder>.Refused { IsNotFound: true } && topUp.CaptureId is { } captureId
            && await payPal.FindCaptureAsync(captureId, ct) is PayPalOutcome<PayPalCapture>.Done(var capture)
            ? new PayPalOutcome<PayPalOrder>.Done(new(topUp.OrderId!, "COMPLETED", capture.CustomId, capture.Amount, capture.PayeeId, null,
                [capture], null)) : order;
    }

    /// <summary>Returns the time until the next check of a top-up that isn't paid; null when it is only checked if woken.</summary>
    public static TimeSpan? Wait(TopUp topUp, TimeSpan age) => topUp.State switch
    {
        TopUpState.Cancelled or TopUpState.Expired or TopUpState.Denied or TopUpState.Held => null,
        TopUpState.Pending => TimeSpan.FromHours(1),
        _ => TimeSpan.FromMinutes(age < TimeSpan.FromHours(1) ? 5 : 30),
    };

    private async Task<StepOutcome> ActAsync(TopUp topUp, PayPalOrder order, CancellationToken ct) =>
        OrderAssessment.Of(topUp, order) switch
    {
        // Its payer was told that nothing was charged, and may have paid in another way.
        OrderAssessment.Approved when !topUp.AwaitsApproval => await CaptureAsync(topUp, ct),
        OrderAssessment.Paid(var capture) => await WriteAsync(topUp, TopUpState.Captured, null, capture) is StepOutcome.Failed
            ? StepOutcome.Failed : StepOutcome.Continue,
        OrderAssessment.Differs(var capture, var difference) => await HoldAsync(topUp, capture, difference),
        OrderAssessment.Pending(var capture) => await WriteAsync(topUp, TopUpState.Pending, capture.Reason, capture),
        OrderAssessment.Denied(var reason) => await WriteAsync(topUp, TopUpState.Denied, reason),
        OrderAssessment.Gone(var reason) => await WriteAsync(topUp, topUp.State.IsBeforePayment() ? TopUpState.Expired : TopUpState.Denied,
            reason),
        OrderAssessment.Unclear(var reason) => await UnclearAsync(topUp, reason),
        var waits when Age(topUp) > MaxApproveTime && topUp.State.IsBeforePayment() =>
            await WriteAsync(topUp, TopUpState.Expired, "nobody approved it in time"),
        OrderAssessment.Declined(var reason) => await WriteAsync(topUp, TopUpState.Declined, reason),
        _ => topUp.State is TopUpState.Capturing or TopUpState.InDoubt ? await WriteAsync(topUp, TopUpState.Ordered, null)
            : StepOutcome.Done,
    };

    // The state is written before the request is sent: the next step reads the order first, and repeats the same request.
    private async Task<StepOutcome> CaptureAsync(TopUp topUp, CancellationToken ct)
    {
        if (!await claims.WriteAsync(topUp, TopUpState.Capturing, null))
            return StepOutcome.Failed;
        var capturing = topUp with { State = TopUpState.Capturing };
        // After the state is written, so that of two at once each sees the other. One that was in progress may have been sent already.
        var maximum = topUp.Amount with { Value = limits.Value.DailyMaximumAmount };
        if (topUp.State is not (TopUpState.Capturing or TopUpState.InDoubt)
            && await queries.SumOfDayAsync(topUp, ct) + topUp.Amount.Value > maximum.Value)
            return await WriteAsync(capturing, TopUpState.Declined, $"the account pays {maximum} a day at most: nothing was taken");
        switch (await payPal.CaptureAsync(topUp.OrderId!, $"{topUp.Reference}-capture-{topUp.CaptureAttempt}", ct))
        {
            case PayPalOutcome<PayPalOrder>.Done(var order):
                return OrderAssessment.Of(capturing, order) is OrderAssessment.Approved
                    ? await UnclearAsync(capturing, "PayPal says done, and shows no capture") : await ActAsync(capturing, order, ct);
            case PayPalOutcome<PayPalOrder>.Refused { Issue: "ORDER_ALREADY_CAPTURED" }:
                return StepOutcome.Continue;
            case PayPalOutcome<PayPalOrder>.Refused(_, "ORDER_NOT_APPROVED", var message):
                return await WriteAsync(capturing, TopUpState.Ordered, message);
            case PayPalOutcome<PayPalOrder>.Refused(_, var issue, var message):
                return await WriteAsync(capturing, TopUpState.Declined, $"{issue}: {message}");
            case PayPalOutcome<PayPalOrder>.InDoubt(var reason, _):
                return await UnclearAsync(capturing, reason);
            default:
                return StepOutcome.Failed;
        }
    }

    private async Task<StepOutcome> HoldAsync(TopUp topUp, PayPalCapture? capture, string difference)
    {
        logger.LogWarning("Top-up {TopUpId} is held: {Difference}", topUp.Id, difference);
        return await claims.WriteAsync(topUp, TopUpState.Held, difference, null, capture, difference) ? StepOutcome.Done
            : StepOutcome.Failed;
    }

    // An unclear answer doesn't change the state, except for a capture, which is then in doubt.
    private async Task<StepOutcome> UnclearAsync(TopUp topUp, string reason)
    {
        logger.LogWarning("Top-up {TopUpId} ({State}): PayPal gives no clear answer: {Reason}", topUp.Id, topUp.State.Text(), reason);
        await claims.WriteAsync(topUp, topUp.State == TopUpState.Capturing ? TopUpState.InDoubt : topUp.State, reason);
        return StepOutcome.Failed;
    }

    private async Task<StepOutcome> WriteAsync(TopUp topUp, TopUpState state, string? message, PayPalCapture? capture = null) =>
        await claims.WriteAsync(topUp, state, message, null, capture) ? StepOutcome.Done : StepOutcome.Failed;

    private TimeSpan Age(TopUp topUp) => time.GetUtcNow().UtcDateTime - topUp.CreatedAt;
}
