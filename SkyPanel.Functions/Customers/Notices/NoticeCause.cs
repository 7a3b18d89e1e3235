namespace SkyPanel.Functions.Customers.Notices;

/// <summary>The cause of a notice to a customer.</summary>
public enum NoticeCause
{
    /// <summary>The runway has reached a threshold.</summary>
    Runway,

    /// <summary>Servers will be suspended unless the customer pays.</summary>
    SuspensionDue,
    Suspended,
    Resumed,

    /// <summary>A payment was granted as tokens.</summary>
    TopUpReceived,

    /// <summary>PayPal refused a payment.</summary>
    TopUpFailed,

    /// <summary>Tokens were taken back after a refund or a lost dispute.</summary>
    TakenBack,

    /// <summary>A debit waits for a person's decision.</summary>
    DebitHeld,
}
