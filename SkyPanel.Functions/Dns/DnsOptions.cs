using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.Dns;

/// <summary>Section <c>Dns</c>: how renewals treat unpaid and missed periods. Checked at start.</summary>
public sealed class DnsOptions : IValidatableObject
{
    private static readonly TimeSpan MaxGrace = TimeSpan.FromDays(90);
    private const int MaxPeriods = 24;

    /// <summary>The time from the first reading of a wallet with too few tokens until its subscription is suspended, 0 to 90 days. Default:
    /// 7 days.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromDays(7);

    /// <summary>The most unpaid periods of a subscription that a run renews, 1 to 24; with more it renews none. Default: 3.</summary>
    public int MaxCatchUpPeriods { get; set; } = 3;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Grace < TimeSpan.Zero || Grace > MaxGrace)
            yield return new($"Dns:Grace '{Grace}' must be 00:00:00 to 90.00:00:00.", [nameof(Grace)]);
        if (MaxCatchUpPeriods is < 1 or > MaxPeriods)
            yield return new($"Dns:MaxCatchUpPeriods '{MaxCatchUpPeriods}' must be 1 to {MaxPeriods}.", [nameof(MaxCatchUpPeriods)]);
    }
}
