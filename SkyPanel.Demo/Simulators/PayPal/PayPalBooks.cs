using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace SkyPanel.Demo.Simulators.PayPal;

/// <summary>Keeps the simulated PayPal's orders, captures, refunds and disputes. Thread-safe; each change and its event are
/// atomic.</summary>
public sealed class PayPalBooks
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Dictionary<string, SimulatedOrder> _orders = [];
    private readonly Dictionary<string, SimulatedDispute> _disputes = [];
    private readonly Dictionary<string, JsonObject> _replays = [];
    private readonly Dictionary<string, Action<JsonObject>> _distortions = [];

    internal PayPalBooks(TimeProvider time) => _time = time;

    /// <summary>Raised with type and resource of each event for webhooks.</summary>
    internal event Action<string, JsonObject>? Happened;

    /// <returns>The ids of all orders, the oldest first.</returns>
    public IReadOnlyList<string> OrderIds =>
        Locked(() => _orders.Values.OrderBy(order => order.CreatedAt).Select(order => order.Id).ToArray());

    /// <returns>The amount that the merchant still has of an order's captures.</returns>
    public decimal NetAmount(string orderId) => Locked(() => _orders[orderId].Captures.Sum(capture => capture.NetAmount));

    /// <returns>The number of captures not declined.</returns>
    public int Captures(string orderId) => Locked(() => _orders[orderId].Captures.Count(capture => capture.Status != "DECLINED"));

    public string Status(string orderId) => Locked(() => _orders[orderId].Status);

    /// <summary>Approves an order, as on the page.</summary>
    public void Approve(string orderId, CaptureResult next = CaptureResult.Completed) => Locked(() =>
    {
        var order = _orders[orderId];
        if (order.Status is not ("PAYER_ACTION_REQUIRED" or "APPROVED"))
            return 0;
        (order.Status, order.NextCapture) = ("APPROVED", next);
        Tell("CHECKOUT.ORDER.APPROVED", PayPalShapes.Order(order, ""));
        return 0;
    });

    /// <summary>Removes an order, as PayPal does after the time for approval.</summary>
    public void Expire(string orderId) => Locked(() => _orders.Remove(orderId));

    /// <summary>Decides about a pending capture.</summary>
    public void Settle(string orderId, bool isDenied = false) => Locked(() =>
    {
        var capture = _orders[orderId].Captures.Single(capture => capture.Status == "PENDING");
        (capture.Status, capture.Reason) = (isDenied ? "DECLINED" : "COMPLETED", null);
        Tell(isDenied ? "PAYMENT.CAPTURE.DENIED" : "PAYMENT.CAPTURE.COMPLETED", PayPalShapes.Capture(capture));
        return 0;
    });

    /// <summary>Refunds a capture, as on the merchant's account page.</summary>
    public void Refund(string orderId, decimal value) => Locked(() => AddRefund(Paid(orderId), value, "PAYMENT.CAPTURE.REFUNDED"));

    /// <summary>Distorts all further answers about an order.</summary>
    public void Distort(string orderId, Action<JsonObject> distortion) => Locked(() => _distortions[orderId] = distortion);

    /// <returns>The dispute's id.</returns>
    public string Dispute(string orderId, decimal value) => Locked(() =>
    {
        var dispute = new SimulatedDispute { Id = $"PP-D-{NewId()}", Capture = Paid(orderId), Value = value,
            CreatedAt = _time.GetUtcNow(), UpdatedAt = _time.GetUtcNow() };
        _disputes[dispute.Id] = dispute;
        Tell("CUSTOMER.DISPUTE.CREATED", PayPalShapes.Dispute(dispute));
        return dispute.Id;
    });

    /// <summary>Decides a dispute. A lost one takes the money back.</summary>
    /// <param name="showsReversal">Whether the capture shows the reversal.</param>
    public void Resolve(string disputeId, bool isWon, bool showsReversal = true) => Locked(() =>
    {
        var dispute = _disputes[disputeId];
        var taken = isWon ? 0 : Math.Min(dispute.Value, dispute.Capture.NetAmount);
        (dispute.Status, dispute.Outcome, dispute.Refunded, dispute.UpdatedAt) = ("RESOLVED",
            isWon ? "RESOLVED_SELLER_FAVOUR" : "RESOLVED_BUYER_FAVOUR", taken, _time.GetUtcNow());
        if (taken > 0 && showsReversal)
            AddRefund(dispute.Capture, taken, "PAYMENT.CAPTURE.REVERSED");
        Tell("CUSTOMER.DISPUTE.RESOLVED", PayPalShapes.Dispute(dispute));
        return 0;
    });

    /// <summary>Opens a decided dispute again.</summary>
    public void Appeal(string disputeId) => Locked(() =>
    {
        var dispute = _disputes[disputeId];
        (dispute.Status, dispute.Outcome, dispute.UpdatedAt) = ("UNDER_REVIEW", "NONE", _time.GetUtcNow());
        Tell("CUSTOMER.DISPUTE.UPDATED", PayPalShapes.Dispute(dispute));
        return 0;
    });

    /// <summary>Closes a dispute without a decision, as PayPal does when another one of the same capture replaces it.</summary>
    public void Replace(string disputeId) => Locked(() =>
    {
        var dispute = _disputes[disputeId];
        (dispute.Status, dispute.Outcome, dispute.UpdatedAt) = ("RESOLVED", "NONE", _time.GetUtcNow());
        Tell("CUSTOMER.DISPUTE.RESOLVED", PayPalShapes.Dispute(dispute));
        return 0;
    });

    internal JsonObject Create(SimulatedOrder order, string? requestId, string address) => Locked(() => Once("create", requestId, () =>
    {
        _orders[order.Id] = order;
        return PayPalShapes.Order(order, address);
    }));

    /// <returns>Null when the order doesn't exist.</returns>
    internal JsonObject? Order(string orderId, string address) =>
        Locked(() => _orders.TryGetValue(orderId, out var order) ? Shown(order, address) : null);

    internal SimulatedOrder? Find(string orderId) => Locked(() => _orders.GetValueOrDefault(orderId));

    /// <returns>The order, or an error with a <c>name</c>; null when the order doesn't exist.</returns>
    internal JsonObject? Capture(string orderId, string? requestId, string address) => Locked(() =>
        !_orders.TryGetValue(orderId, out var order) ? null : Once($"capture {orderId}", requestId, () => Capture(order, address)));

    internal JsonObject? FindCapture(string captureId) => Locked(() => ByCapture(captureId) is { } capture ? PayPalShapes.Capture(capture)
        : null);

    internal JsonObject? FindDispute(string disputeId) => Locked(() => _disputes.TryGetValue(disputeId, out var dispute)
        ? PayPalShapes.Dispute(dispute) : null);

    // The latest first.
    internal JsonObject[] Disputes(DateTimeOffset updatedAfter) => Locked(() => _disputes.Values.Reverse()
        .Where(dispute => dispute.UpdatedAt >= updatedAfter).Select(PayPalShapes.ListedDispute).ToArray());

    internal JsonObject? Refund(string captureId, decimal? value, string? requestId) => Locked(() =>
        ByCapture(captureId) is not { } capture ? null : Once($"refund {captureId}", requestId, () => value > capture.NetAmount
            || capture.NetAmount == 0
            ? PayPalSimulator.Error("UNPROCESSABLE_ENTITY", "REFUND_AMOUNT_EXCEEDED",
                "The refund amount must be at most what is left of the capture.")
            : AddRefund(capture, value ?? capture.NetAmount, "PAYMENT.CAPTURE.REFUNDED")));

    internal JsonArray Transactions(DateTimeOffset from, DateTimeOffset until) => Locked(() => new JsonArray([.. _orders.Values
        .SelectMany(order => order.Captures).Where(capture => capture.CreatedAt >= from && capture.CreatedAt < until
            && capture.Status != "DECLINED")
        .OrderBy(capture => capture.CreatedAt).Select(PayPalShapes.Transaction)]));

    internal static string NewId() => Convert.ToHexString(RandomNumberGenerator.GetBytes(8)).ToUpper(CultureInfo.InvariantCulture);

    private JsonObject Capture(SimulatedOrder order, string address)
    {
        if (order.Captures.Exists(capture => capture.Status != "DECLINED"))
            return PayPalSimulator.Error("UNPROCESSABLE_ENTITY", "ORDER_ALREADY_CAPTURED", "Order already captured.");
        if (order.Status != "APPROVED")
            return PayPalSimulator.Error("UNPROCESSABLE_ENTITY", "ORDER_NOT_APPROVED", "Payer has not yet approved the Order for payment.");
        var capture = new SimulatedCapture
        {
            Id = NewId(), Order = order, CreatedAt = _time.GetUtcNow(), Status = order.NextCapture.ToString().ToUpperInvariant(),
            Reason = order.NextCapture == CaptureResult.Pending ? "ECHECK" : null,
        };
        order.Captures.Add(capture);
        order.Status = order.NextCapture == CaptureResult.Declined ? "PAYER_ACTION_REQUIRED" : "COMPLETED";
        Tell($"PAYMENT.CAPTURE.{capture.Status}", PayPalShapes.Capture(capture));
        return order.NextCapture == CaptureResult.Declined
            ? PayPalSimulator.Error("UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED", "The instrument presented was declined.")
                : Shown(order, address);
    }

    private JsonObject AddRefund(SimulatedCapture capture, decimal value, string type)
    {
        var refund = new SimulatedRefund(NewId(), Math.Min(value, capture.NetAmount), _time.GetUtcNow());
        capture.Refunds.Add(refund);
        capture.Status = capture.Order.Value - capture.Refunds.Sum(one => one.Value) == 0 ? "REFUNDED" : "PARTIALLY_REFUNDED";
        var shape = PayPalShapes.Refund(capture, refund);
        Tell(type, shape);
        return shape;
    }

    // Repeats the first answer for the same PayPal-Request-Id, unless it was a refusal.
    private JsonObject Once(string act, string? requestId, Func<JsonObject> change)
    {
        if (requestId is not null && _replays.TryGetValue($"{act} {requestId}", out var before))
            return before.DeepClone().AsObject();
        var answer = change();
        if (requestId is not null && !answer.ContainsKey("name"))
            _replays[$"{act} {requestId}"] = answer.DeepClone().AsObject();
        return answer;
    }

    private JsonObject Shown(SimulatedOrder order, string address)
    {
        var shape = PayPalShapes.Order(order, address);
        _distortions.GetValueOrDefault(order.Id)?.Invoke(shape);
        return shape;
    }

    private SimulatedCapture Paid(string orderId) => _orders[orderId].Captures.Single(capture => capture.Status != "DECLINED");

    private SimulatedCapture? ByCapture(string id) => _orders.Values.SelectMany(order => order.Captures)
        .FirstOrDefault(capture => capture.Id == id);

    private void Tell(string type, JsonObject resource) => Happened?.Invoke(type, resource.DeepClone().AsObject());

    private T Locked<T>(Func<T> act)
    {
        lock (_gate)
            return act();
    }
}
