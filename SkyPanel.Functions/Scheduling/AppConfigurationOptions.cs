namespace SkyPanel.Functions.Scheduling;

/// <summary>Section <c>AppConfiguration</c>: the store of schedules, which the Function App's settings refer to at its next
/// start. Checked at start.</summary>
public sealed class AppConfigurationOptions : IValidatableObject
{
    /// <summary>The address, such as <c>https://store.azconfig.io</c>, for access by the machine's identity. Default: none.</summary>
    public string? Endpoint { get; set; }

    /// <summary>The connection string instead, such as <c>Endpoint=https://store.azconfig.io;Id=…;Secret=…</c>. Default: none.</summary>
    public string? ConnectionString { get; set; }

    public bool IsSet => !string.IsNullOrEmpty(Endpoint) || !string.IsNullOrEmpty(ConnectionString);

    /// <summary>The store's address; null when it can't be used.</summary>
    internal Uri? Address => ConnectionString is { Length: > 0 } ? AddressOf(Part("Endpoint")) : AddressOf(Endpoint);

    internal string? Id => Part("Id");

    /// <summary>The secret; null when it isn't base64.</summary>
    internal byte[]? Secret
    {
        get
        {
            var secret = Part("Secret") ?? "";
            var bytes = new byte[secret.Length];
            return Convert.TryFromBase64String(secret, bytes, out var length) && length > 0 ? bytes[..length] : null;
        }
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrEmpty(Endpoint) && !string.IsNullOrEmpty(ConnectionString))
            yield return new("AppConfiguration:Endpoint and AppConfiguration:ConnectionString are both set: one of them is allowed.",
                [nameof(Endpoint)]);
        else if (!string.IsNullOrEmpty(Endpoint) && Address is null)
            yield return new($"AppConfiguration:Endpoint '{OutgoingAddress.Masked(Endpoint)}' must be an address such as " +
                $"https://store.azconfig.io (http:// only for loopback).", [nameof(Endpoint)]);
        else if (!string.IsNullOrEmpty(ConnectionString) && (Address is null || string.IsNullOrEmpty(Id) || Secret is null))
            yield return new("AppConfiguration:ConnectionString '***' must be Endpoint=https://store.azconfig.io;Id=name;Secret=base64 " +
                "(http:// only for loopback).", [nameof(ConnectionString)]);
    }

    private string? Part(string name) => (ConnectionString ?? "").Split(';', StringSplitOptions.TrimEntries)
        .Where(part => part.StartsWith($"{name}=", StringComparison.OrdinalIgnoreCase)).Select(part => part[(name.Length + 1)..])
            .FirstOrDefault();

    private static Uri? AddressOf(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { UserInfo.Length: 0, AbsolutePath: "/", Query.Length: 0,
            Fragment.Length: 0 }
        && address.MayGetSecrets() ? address : null;
}
