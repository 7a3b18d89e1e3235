namespace SkyPanel.Functions.Billing;

/// <summary>Section <c>Billing</c>: the cap and the bounds. Checked at start.</summary>
public sealed class BillingOptions : IValidatableObject
{
    /// <summary>Whether a server costs at most its monthly price in a calendar month. Default: true.</summary>
    public bool MonthlyCap { get; set; } = true;

    /// <summary>Hours of a server that are older than this at the cutoff are held for a person. 1 hour to 366 days. Default: 1
    /// day.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "366.00:00:00")]
    public TimeSpan MaxCatchUp { get; set; } = TimeSpan.FromDays(1);

    /// <summary>A run that would charge one account more than this many currency units holds that account. Default: none.</summary>
    public decimal? MaxAmountPerAccount { get; set; }

    /// <summary>A run that would charge more than this many currency units in all is held. Default: none.</summary>
    public decimal? MaxAmountPerRun { get; set; }

    /// <summary>An account, or a run, that would be charged more than this per cent of the mean of its latest 24 charging runs (of at
    /// least 3) is held. Default: none.</summary>
    public decimal? MaxPercentOfMean { get; set; }

    /// <summary>The approximate number of server-hours that one transaction of a run charges; a larger backlog takes several. 1 to
    /// 10,000,000. Default: 1,000,000.</summary>
    [Range(1, 10_000_000)]
    public int HoursPerTransaction { get; set; } = 1_000_000;

    /// <summary><c>on</c>, or <c>off</c> to bill although the panel's own engine seems to bill. Default: on.</summary>
    public string Interlock { get; set; } = "on";

    public bool IsInterlockOn => !string.Equals(Interlock, "off", StringComparison.OrdinalIgnoreCase);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxAmountPerAccount <= 0)
            yield return new($"Billing:MaxAmountPerAccount '{MaxAmountPerAccount}' must be more than 0, or absent for no bound.",
                [nameof(MaxAmountPerAccount)]);
        if (MaxAmountPerRun <= 0)
            yield return new($"Billing:MaxAmountPerRun '{MaxAmountPerRun}' must be more than 0, or absent for no bound.",
                [nameof(MaxAmountPerRun)]);
        if (MaxPercentOfMean <= 100)
            yield return new($"Billing:MaxPercentOfMean '{MaxPercentOfMean}' must be more than 100, or absent for no bound.",
                [nameof(MaxPercentOfMean)]);
        if (IsInterlockOn && !string.Equals(Interlock, "on", StringComparison.OrdinalIgnoreCase))
            yield return new($"Billing:Interlock '{Interlock}' must be on or off.", [nameof(Interlock)]);
    }
}
