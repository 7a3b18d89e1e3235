namespace SkyPanel.Functions.Backup;

/// <summary>Section <c>Backup</c>: the place of backups, at most one, and their number. Checked at start.</summary>
public sealed class BackupOptions : IValidatableObject
{
    /// <summary>A folder of this machine, created if missing; a separate one for each database. Default: none.</summary>
    public string? Folder { get; set; }

    /// <summary>An existing blob container, such as <c>https://account.blob.core.windows.net/backups</c>, used by managed identity or with
    /// the SAS in the address. Default: none.</summary>
    public string? ContainerUri { get; set; }

    /// <summary>A storage account's connection string, for <see cref="Container"/>. Default: none.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The container in <see cref="ConnectionString"/>'s account, created if missing. Default: skypanel-backups.</summary>
    public string Container { get; set; } = "skypanel-backups";

    /// <summary>The number of backups to keep; older ones are removed after a new one was verified. 1 to 1000. Default: 14.</summary>
    [Range(1, 1000)]
    public int Keep { get; set; } = 14;

    public bool HasPlace => Places.Length > 0;

    private string[] Places => [.. new[] { Folder, ContainerUri, ConnectionString }.OfType<string>().Where(place => place.Length > 0)];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Places.Length > 1)
            yield return new("Backup:Folder, Backup:ContainerUri and Backup:ConnectionString name more than one place: one of them is " +
                "allowed.", [nameof(Folder)]);
        if (!string.IsNullOrEmpty(ContainerUri) && !IsContainer(ContainerUri))
            yield return new($"Backup:ContainerUri '{OutgoingAddress.Masked(ContainerUri)}' must be a container's address such as " +
                $"https://account.blob.core.windows.net/backups "
                + "(http:// only for loopback), with a SAS or without.", [nameof(ContainerUri)]);
        if (!string.IsNullOrEmpty(ConnectionString) && !ConnectionString.Contains('='))
            yield return new("Backup:ConnectionString '***' must be a storage account's connection string such as " +
                "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=secret.", [nameof(ConnectionString)]);
    }

    private static bool IsContainer(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.UserInfo.Length == 0 && address.AbsolutePath.Trim('/').Length > 0
            && address.MayGetSecrets();
}
