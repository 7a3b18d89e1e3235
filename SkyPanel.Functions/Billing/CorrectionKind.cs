namespace SkyPanel.Functions.Billing;

/// <summary>What a correction or repair does to the owed amount.</summary>
[JsonConverter(typeof(EnumTextConverter<CorrectionKind>))]
public enum CorrectionKind
{
    /// <summary>Lowers it.</summary>
    CreditNote,

    /// <summary>Raises it.</summary>
    Supplement,

    /// <summary>Doesn't change it.</summary>
    None,
}
