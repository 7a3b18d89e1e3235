namespace SkyPanel.Functions.Payments;

[JsonConverter(typeof(EnumTextConverter<TopUpState>))]
public enum TopUpState
{
    /// <summary>Stored; PayPal doesn't know it yet.</summary>
    Created,

    /// <summary>Waits for its payer's approval.</summary>
    Ordered,

    /// <summary>Approved; the money is being captured.</summary>
    Capturing,

    /// <summary>The answer to a capture was lost: PayPal's order decides.</summary>
    InDoubt,

    /// <summary>PayPal waits for the money, as with an eCheck.</summary>
    Pending,

    /// <summary>Declined by the payer's bank; the payer may approve it again.</summary>
    Declined,

    /// <summary>Paid; nothing is granted yet.</summary>
    Captured,

    /// <summary>The tokens are being delivered.</summary>
    Granting,
    Granted,
    PartlyRefunded,
    Refunded,

    /// <summary>The payer has opened a dispute; nothing is moved until PayPal decides.</summary>
    Disputed,

    /// <summary>A dispute was decided for the merchant.</summary>
    Won,

    /// <summary>A dispute was decided for the payer.</summary>
    Lost,

    /// <summary>Paid, but not as requested, or not to be granted, or perhaps paid: a person grants or refunds it.</summary>
    Held,
    Cancelled,

    /// <summary>Nobody approved it in time.</summary>
    Expired,

    /// <summary>The payment failed permanently.</summary>
    Denied,
}

/// <summary>Classifies the states of top-ups.</summary>
public static class TopUpStates
{
    /// <summary>Whether no money was captured or is being captured.</summary>
    public static bool IsBeforePayment(this TopUpState state) =>
        state is TopUpState.Created or TopUpState.Ordered or TopUpState.Declined or TopUpState.Cancelled or TopUpState.Expired;
}

/// <summary>The state of a dispute at PayPal.</summary>
[JsonConverter(typeof(EnumTextConverter<DisputeState>))]
public enum DisputeState
{
    Open,

    /// <summary>Decided for the merchant.</summary>
    Won,

    /// <summary>Decided for the payer.</summary>
    Lost,
}

/// <summary>The state of a refund that an operator ordered.</summary>
[JsonConverter(typeof(EnumTextConverter<RefundState>))]
public enum RefundState
{
    /// <summary>PayPal hasn't answered yet; the same request is repeated until it does.</summary>
    Ordered,
    Done,

    /// <summary>Refused by PayPal.</summary>
    Refused,
}
