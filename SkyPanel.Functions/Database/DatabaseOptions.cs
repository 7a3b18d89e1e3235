using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.Database;

/// <summary>Section <c>Database</c>. Checked at start.</summary>
public sealed class DatabaseOptions : IValidatableObject
{
    /// <summary>The maximum number of connections of a process; further callers wait for one for seven seconds. 5 to 500. Default:
    /// <c>Maximum Pool Size</c> in the connection string, otherwise 20.</summary>
    public int? MaxPoolSize { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxPoolSize is < 5 or > 500)
            yield return new($"Database:MaxPoolSize '{MaxPoolSize}' must be 5 to 500.", [nameof(MaxPoolSize)]);
    }
}
