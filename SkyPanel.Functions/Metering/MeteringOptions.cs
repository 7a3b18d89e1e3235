using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.Metering;

/// <summary>Section <c>Metering</c>. Checked at start.</summary>
public sealed class MeteringOptions : IValidatableObject
{
    /// <summary>Whether the panel itself charges the first hour of a server at its creation. Default: true.</summary>
    public bool FirstHourPrepaid { get; set; } = true;

    /// <summary>How often VirtFusion's servers are read between billing runs. Default: 5 minutes.</summary>
    public TimeSpan ObserveEvery { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A monthly price above this is reported as a mistake, in currency units. Default: 10,000.</summary>
    public int MaxMonthlyPrice { get; set; } = 10_000;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ObserveEvery < TimeSpan.FromMinutes(1) || ObserveEvery > TimeSpan.FromHours(1))
            yield return new($"Metering:ObserveEvery '{ObserveEvery}' must be 00:01:00 to 01:00:00.", [nameof(ObserveEvery)]);
        if (MaxMonthlyPrice is < 1 or > 1_000_000)
            yield return new($"Metering:MaxMonthlyPrice '{MaxMonthlyPrice}' must be 1 to 1000000.", [nameof(MaxMonthlyPrice)]);
    }
}
