using System.Text.Json.Serialization;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Payments;

/// <summary>Where a top-up stands.</summary>
[JsonConverter(typeof(EnumTextConverter<TopUpState>))]
public enum TopUpState
{
    /// <summary>Written down; PayPal doesn't know of it yet.</summary>
    Created,

    /// <summary>Waits for its payer's approval.</summary>
    Ordered,

    /// <summary>Approved; the money is being taken.</summary>
    Capturing,

    /// <summary>The answer to a capture was lost: PayPal's order decides.</summary>
    InDoubt,

    /// <summary>PayPal waits for the money, as with an eCheck.</summary>
    Pending,

    /// <summary>The payer's bank said no: the payer may approve it again.</summary>
    Declined,

    /// <summary>Paid; nothing is granted yet.</summary>
    Captured,

    /// <summary>The tokens are on their way.</summary>
    Granting,
    Granted,
    PartlyRefunded,
    Refunded,

    /// <summary>The payer claims the money back; nothing is moved until PayPal has decided.</summary>
    Disputed,

    /// <summary>A dispute was decided for the merchant.</summary>
    Won,

    /// <summary>A dispute was decided for the payer.</summary>
    Lost,

    /// <summary>Paid, but not as asked, or not to be granted: a person grants it or gives the money back.</summary>
    Held,
    Cancelled,

    /// <summary>Nobody approved it in time.</summary>
    Expired,

    /// <summary>PayPal refused the money for good.</summary>
    Denied,
}

/// <summary>What a state says of a top-up's money.</summary>
public static class TopUpStates
{
    /// <summary>Whether no money was taken so far, nor is being taken.</summary>
    public static bool IsBeforePayment(this TopUpState state) =>
        state is TopUpState.Created or TopUpState.Ordered or TopUpState.Declined or TopUpState.Cancelled or TopUpState.Expired;

    /// <summary>Whether it counts towards what an account may pay in a day.</summary>
    public static bool CountsAsPaid(this TopUpState state) =>
        state is not (TopUpState.Cancelled or TopUpState.Expired or TopUpState.Denied);
}

/// <summary>The state of the payer's claim at PayPal.</summary>
public enum DisputeState
{
    Open,

    /// <summary>Decided for the merchant.</summary>
    Won,

    /// <summary>Decided for the payer.</summary>
    Lost,
}

/// <summary>The state of a refund that was ordered.</summary>
public enum RefundState
{
    Ordered,
    Done,

    /// <summary>By PayPal.</summary>
    Refused,
}
