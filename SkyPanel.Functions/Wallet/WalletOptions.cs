using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.Wallet;

/// <summary>Section <c>Wallet</c>. Checked at start.</summary>
public sealed class WalletOptions : IValidatableObject
{
    /// <summary>After a lost answer, wait this long past the claim's deadline before an unchanged balance proves that nothing was
    /// taken. 1 second to 1 day; below half a minute, an order's own time limit, it is for tests. Default: 5
    /// minutes.</summary>
    public TimeSpan InDoubtWait { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Refusals after which a debit is held for a person, 1 to 100. Default: 8.</summary>
    public int MaxAttempts { get; set; } = 8;

    /// <summary>The duration of a claim, from taking a debit to having sent it. 5 seconds to 1 minute. Default: 15 seconds.</summary>
    public TimeSpan ClaimTime { get; set; } = TimeSpan.FromSeconds(15);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (InDoubtWait < TimeSpan.FromSeconds(1) || InDoubtWait > TimeSpan.FromDays(1))
            yield return new($"Wallet:InDoubtWait '{InDoubtWait}' must be 00:00:01 to 1.00:00:00.", [nameof(InDoubtWait)]);
        if (MaxAttempts is < 1 or > 100)
            yield return new($"Wallet:MaxAttempts '{MaxAttempts}' must be 1 to 100.", [nameof(MaxAttempts)]);
        if (ClaimTime < TimeSpan.FromSeconds(5) || ClaimTime > TimeSpan.FromMinutes(1))
            yield return new($"Wallet:ClaimTime '{ClaimTime}' must be 00:00:05 to 00:01:00.", [nameof(ClaimTime)]);
    }
}
