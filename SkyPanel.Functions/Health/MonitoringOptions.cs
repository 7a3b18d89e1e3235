namespace SkyPanel.Functions.Health;

/// <summary>Section <c>Monitoring</c>. Checked at start.</summary>
public sealed class MonitoringOptions : IValidatableObject
{
    /// <summary>Asked (GET) after each monitoring run that found nothing broken, and with <c>/fail</c> appended after one that did: a
    /// service elsewhere that raises an alarm when it isn't asked any more. A secret. https; http is allowed for loopback only. Default:
    /// none.</summary>
    public string? PingUrl { get; set; }

    /// <summary>How often the laws of money are looked at by scheduled runs, however often they run; a run by hand always does, and so does
    /// each while one is broken. 5 minutes to 7 days. Default: 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "7.00:00:00")]
    public TimeSpan IntegrityEvery { get; set; } = TimeSpan.FromHours(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrWhiteSpace(PingUrl) && !(Uri.TryCreate(PingUrl, UriKind.Absolute, out var address)
            && address is { UserInfo: "", Fragment: "" } && address.MayGetSecrets()))
            yield return new("Monitoring:PingUrl '***' must begin with https:// (http:// only for loopback), without a user name or " +
                "fragment.", [nameof(PingUrl)]);
    }
}
