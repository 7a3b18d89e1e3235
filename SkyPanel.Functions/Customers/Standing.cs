namespace SkyPanel.Functions.Customers;

/// <summary>The state of an account between paying and suspension.</summary>
[JsonConverter(typeof(EnumTextConverter<Standing>))]
public enum Standing
{
    Ok,

    /// <summary>Below its credit limit, or a debit waits for money.</summary>
    Overdue,

    /// <summary>Its grace period is over.</summary>
    Due,

    /// <summary>This app has suspended servers of it.</summary>
    Suspended,
}
