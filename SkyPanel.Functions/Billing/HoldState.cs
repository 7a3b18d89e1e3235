namespace SkyPanel.Functions.Billing;

[JsonConverter(typeof(EnumTextConverter<HoldState>))]
public enum HoldState
{
    /// <summary>Waits for a person.</summary>
    Open,

    /// <summary>The next run charges it. Can be withdrawn until then.</summary>
    Approved,

    /// <summary>Never charged. Final.</summary>
    Rejected,

    /// <summary>Final.</summary>
    Charged,
}
