using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.Outbox;

/// <summary>Section <c>Outbox</c>. Checked at start.</summary>
public sealed class OutboxOptions : IValidatableObject
{
    /// <summary>Failed attempts after which a message is discarded, 1 to 100. Default: 10, which is four to five hours.</summary>
    public int MaxAttempts { get; set; } = 10;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxAttempts is < 1 or > 100)
            yield return new($"Outbox:MaxAttempts '{MaxAttempts}' must be 1 to 100.", [nameof(MaxAttempts)]);
    }
}
