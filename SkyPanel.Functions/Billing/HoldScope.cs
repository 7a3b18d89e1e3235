namespace SkyPanel.Functions.Billing;

/// <summary>What a hold stops.</summary>
[JsonConverter(typeof(EnumTextConverter<HoldScope>))]
public enum HoldScope
{
    Server,
    Account,
    Run,

    /// <summary>A supplement of a correction or a repair.</summary>
    Correction,
}
