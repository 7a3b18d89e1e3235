namespace SkyPanel.Functions.Customers.Notices;

/// <summary>The cause of a notice to a customer.</summary>
public enum NoticeCause
{
    /// <summary>The balance lasts for no more hours than a threshold.</summary>
    Runway,

    /// <summary>Servers will be suspended at an instant, unless the customer pays.</summary>
    SuspensionDue,
    Suspended,
    Resumed,

    /// <summary>A payment became tokens.</summary>
    TopUpReceived,

    /// <summary>PayPal refused a payment.</summary>
    TopUpFailed,

    /// <summary>Tokens were taken back, because PayPal gave a payment back or a dispute was lost.</summary>
    TakenBack,

    /// <summary>A debit waits for a person.</summary>
    DebitHeld,
}
