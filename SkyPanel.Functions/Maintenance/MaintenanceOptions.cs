using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.Maintenance;

/// <summary>Section <c>Maintenance</c>: how long rows are kept that are not about money. Checked at start.</summary>
public sealed class MaintenanceOptions : IValidatableObject
{
    /// <summary>Runs that charged, took and held nothing, and the error lines of all. 7 to 3660 days. Default: 400 days.</summary>
    public TimeSpan KeepRuns { get; set; } = TimeSpan.FromDays(400);

    /// <summary>The log of readings of VirtFusion, but not the spells. 7 to 3660 days. Default: 90 days.</summary>
    public TimeSpan KeepObservations { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Answers of requests with <c>Idempotency-Key</c>; a later repeat is executed again. 1 to 3660 days. Default: 30
    /// days.</summary>
    public TimeSpan KeepIdempotencyKeys { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Messages that were delivered or abandoned. 7 to 3660 days. Default: 90 days.</summary>
    public TimeSpan KeepMessages { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Counts of refused requests, with their addresses. 1 to 3660 days. Default: 90 days.</summary>
    public TimeSpan KeepRefusals { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Links to customers' pages that have expired or were revoked. 1 to 3660 days. Default: 90 days.</summary>
    public TimeSpan KeepLinks { get; set; } = TimeSpan.FromDays(90);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        new[]
        {
            Within(nameof(KeepRuns), KeepRuns, 7), Within(nameof(KeepObservations), KeepObservations, 7),
            Within(nameof(KeepIdempotencyKeys), KeepIdempotencyKeys, 1),
            Within(nameof(KeepMessages), KeepMessages, 7), Within(nameof(KeepRefusals), KeepRefusals, 1),
            Within(nameof(KeepLinks), KeepLinks, 1),
        }.OfType<ValidationResult>();

    private static ValidationResult? Within(string name, TimeSpan value, int leastDays) =>
        value >= TimeSpan.FromDays(leastDays) && value <= TimeSpan.FromDays(3660) ? null
            : new($"Maintenance:{name} '{value}' must be {leastDays}.00:00:00 to 3660.00:00:00.", [name]);
}
