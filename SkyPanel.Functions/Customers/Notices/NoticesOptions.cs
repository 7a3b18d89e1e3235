using System.Text.RegularExpressions;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Section <c>Notices</c>. Checked at start.</summary>
public sealed partial class NoticesOptions : IValidatableObject
{
    /// <summary>The language of the texts, two letters. Without a text in it, the English one is sent. Default: en.</summary>
    public string Language { get; set; } = NoticeTemplates.English;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Code().IsMatch(Language))
            yield return new($"Notices:Language '{Language}' must be two small letters such as en.", [nameof(Language)]);
    }

    [GeneratedRegex("^[a-z]{2}$")]
    private static partial Regex Code();
}
