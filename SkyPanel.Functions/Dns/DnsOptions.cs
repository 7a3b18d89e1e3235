using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.Dns;

/// <summary>Section <c>Dns</c>: how renewals treat who can't pay and what was missed. Checked at start.</summary>
public sealed class DnsOptions : IValidatableObject
{
    private static readonly TimeSpan LongestGrace = TimeSpan.FromDays(90);
    private const int MostPeriods = 24;

    /// <summary>From the first reading of a wallet that held too little until its subscription is suspended, 0 to 90 days. Default: 7
    /// days.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromDays(7);

    /// <summary>The most periods of a subscription that a run renews without a person, 1 to 24; of more it renews none. Default:
    /// 3.</summary>
    public int MaxCatchUpPeriods { get; set; } = 3;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Grace < TimeSpan.Zero || Grace > LongestGrace)
            yield return new($"Dns:Grace '{Grace}' must be 00:00:00 to 90.00:00:00.", [nameof(Grace)]);
        if (MaxCatchUpPeriods is < 1 or > MostPeriods)
            yield return new($"Dns:MaxCatchUpPeriods '{MaxCatchUpPeriods}' must be 1 to {MostPeriods}.", [nameof(MaxCatchUpPeriods)]);
    }
}
