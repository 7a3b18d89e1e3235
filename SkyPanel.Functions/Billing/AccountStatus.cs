using System.Text.Json.Serialization;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Billing;

/// <summary>What is first to be known of an account: a person has to decide, a debit is in doubt, or its place in the policy.</summary>
[JsonConverter(typeof(EnumTextConverter<AccountStatus>))]
public enum AccountStatus
{
    Ok,

    /// <summary>Hours or a debit wait for a person.</summary>
    Held,

    /// <summary>A debit is in doubt.</summary>
    InDoubt,

    /// <summary>Below the credit limit.</summary>
    Overdue,

    /// <summary>The grace is over.</summary>
    Due,

    /// <summary>Servers are suspended by us.</summary>
    Suspended,
}
