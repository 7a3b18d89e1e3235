using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Payments;

/// <summary>A top-up's way from its order to its money: makes the order, looks at it, and captures it when it is approved as
/// asked.</summary>
public sealed class TopUpOrders(TopUpClaims claims, PayPalClient payPal, IOptions<PublicOptions> options, TimeProvider time,
    ILogger<TopUpOrders> logger)
{
    // An order that nobody heard of can't be paid: past this nothing is made of it any more.
    private static readonly TimeSpan CreatedWithin = TimeSpan.FromHours(1), ApprovedWithin = TimeSpan.FromDays(1);

    public async Task<StepOutcome> CreateAsync(TopUp topUp, CancellationToken ct)
    {
        if (Age(topUp) > CreatedWithin || options.Value.Address is not { } address)
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

    public async Task<StepOutcome> LookAsync(TopUp topUp, CancellationToken ct)
    {
        if (topUp.OrderId is null)
            return StepOutcome.Done;
        return await payPal.FindOrderAsync(topUp.OrderId, ct) switch
        {
            PayPalOutcome<PayPalOrder>.Done(var order) => await ActAsync(topUp, order, ct),
            PayPalOutcome<PayPalOrder>.Refused { IsNotFound: true } when topUp.State.IsBeforePayment() =>
                await WriteAsync(topUp, TopUpState.Expired, "nobody approved it in time"),
            PayPalOutcome<PayPalOrder>.Refused(_, _, var message) => await UnclearAsync(topUp, message),
            PayPalOutcome<PayPalOrder>.InDoubt(var reason, _) => await UnclearAsync(topUp, reason),
            _ => StepOutcome.Failed,
        };
    }

    /// <summary>How long until the next look at one that isn't paid; null: only when somebody asks.</summary>
    public static TimeSpan? Wait(TopUp topUp, TimeSpan age) => topUp.State switch
    {
        TopUpState.Cancelled or TopUpState.Expired or TopUpState.Denied => null,
        TopUpState.Pending => TimeSpan.FromHours(1),
        _ => TimeSpan.FromMinutes(age < TimeSpan.FromHours(1) ? 5 : 30),
    };

    private async Task<StepOutcome> ActAsync(TopUp topUp, PayPalOrder order, CancellationToken ct) => OrderJudgement.Of(topUp, order) switch
    {
        OrderJudgement.Approved => await CaptureAsync(topUp, ct),
        OrderJudgement.Paid(var capture) => await WriteAsync(topUp, TopUpState.Captured, null, capture) is StepOutcome.Failed
            ? StepOutcome.Failed : StepOutcome.GoesOn,
        OrderJudgement.Differs(var capture, var difference) => await HoldAsync(topUp, capture, difference),
        OrderJudgement.Pending(var capture) => await WriteAsync(topUp, TopUpState.Pending, capture.Reason, capture),
        OrderJudgement.Denied(var reason) => await WriteAsync(topUp, TopUpState.Denied, reason),
        OrderJudgement.Gone(var reason) => await WriteAsync(topUp, topUp.State.IsBeforePayment() ? TopUpState.Expired : TopUpState.Denied,
            reason),
        OrderJudgement.Unclear(var reason) => await UnclearAsync(topUp, reason),
        var waits when Age(topUp) > ApprovedWithin && topUp.State.IsBeforePayment() =>
            await WriteAsync(topUp, TopUpState.Expired, "nobody approved it in time"),
        OrderJudgement.Declined(var reason) => await WriteAsync(topUp, TopUpState.Declined, reason),
        _ => topUp.State is TopUpState.Capturing or TopUpState.InDoubt ? await WriteAsync(topUp, TopUpState.Ordered, null)
            : StepOutcome.Done,
    };

    // Written before it is sent: the next step that finds it asks PayPal first, and repeats the same request.
    private async Task<StepOutcome> CaptureAsync(TopUp topUp, CancellationToken ct)
    {
        if (!await claims.WriteAsync(topUp, TopUpState.Capturing, null))
            return StepOutcome.Failed;
        var capturing = topUp with { State = TopUpState.Capturing };
        switch (await payPal.CaptureAsync(topUp.OrderId!, $"{topUp.Reference}-capture-{topUp.CaptureAttempt}", ct))
        {
            case PayPalOutcome<PayPalOrder>.Done(var order):
                return OrderJudgement.Of(capturing, order) is OrderJudgement.Approved
                    ? await UnclearAsync(capturing, "PayPal says done, and shows no capture") : await ActAsync(capturing, order, ct);
            case PayPalOutcome<PayPalOrder>.Refused { Issue: "ORDER_ALREADY_CAPTURED" }:
                return StepOutcome.GoesOn;
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

    private async Task<StepOutcome> HoldAsync(TopUp topUp, PayPalCapture capture, string difference)
    {
        logger.LogWarning("Top-up {TopUpId} is held: {Difference}", topUp.Id, difference);
        return await claims.WriteAsync(topUp, TopUpState.Held, difference, null, capture, difference) ? StepOutcome.Done
            : StepOutcome.Failed;
    }

    // What isn't known changes no state but one: a capture whose answer was lost.
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
