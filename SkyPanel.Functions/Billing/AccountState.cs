namespace SkyPanel.Functions.Billing;

/// <summary>The state of an account: something is held, a debit is in doubt, or its standing by the policy.</summary>
[JsonConverter(typeof(EnumTextConverter<AccountState>))]
public enum AccountState
{
    Ok,

    /// <summary>Hours or a debit wait for a person.</summary>
    Held,

    /// <summary>A debit is in doubt.</summary>
    InDoubt,

    /// <summary>Below the credit limit.</summary>
    Overdue,

    /// <summary>The grace period is over.</summary>
    Due,

    /// <summary>Servers are suspended by us.</summary>
    Suspended,
}
