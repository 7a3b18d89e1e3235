using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace SkyPanel.Functions.Backup;

/// <summary>Backups as blobs of one container of a storage account.</summary>
/// <param name="isMade">The container is made when absent: by a connection string's key; a SAS or an identity may not be allowed
/// to.</param>
public sealed class BlobPlace(BlobContainerClient container, bool isMade) : IBackupPlace
{
    private const int BlockBytes = 8 << 20;

    public string Name { get; } = container.Uri.GetLeftPart(UriPartial.Path);

    public static BlobPlace Of(string connectionString, string container)
    {
        try
        {
            return new(new(connectionString, container, Options()), isMade: true);
        }
        catch (FormatException e) // Its message says what is missing, never a value.
        {
            throw new BackupException($"Backup:ConnectionString '***' can't be read: {e.Message}", e);
        }
    }

    /// <param name="containerUri">With a SAS, or without: then the machine's managed identity, or whoever is signed in there.</param>
    public static BlobPlace Of(Uri containerUri) =>
        new(containerUri.Query.Length > 0 ? new(containerUri, Options()) : new(containerUri, new DefaultAzureCredential(), Options()),
            isMade: false);

    public async Task<Stream> CreateAsync(string name, CancellationToken ct)
    {
        if (isMade)
            await container.CreateIfNotExistsAsync(cancellationToken: ct);
        return await container.GetBlockBlobClient(name).OpenWriteAsync(overwrite: true, new() { BufferSize = BlockBytes }, ct);
    }

    public async Task<Stream> OpenAsync(string name, CancellationToken ct)
    {
        try
        {
            return await container.GetBlobClient(name)
                .OpenReadAsync(new BlobOpenReadOptions(allowModifications: false) { BufferSize = BlockBytes }, ct);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            throw new BackupException($"There is no backup {name} in {Name}.", e);
        }
    }

    // Blobs have no rename: the copy is the service's own, within the account, and appears when it is whole.
    public async Task RenameAsync(string name, string newName, CancellationToken ct)
    {
        var source = container.GetBlobClient(name);
        var copy = await container.GetBlobClient(newName).StartCopyFromUriAsync(source.Uri,
            new BlobCopyFromUriOptions { DestinationConditions = new() { IfNoneMatch = ETag.All } }, ct);
        await copy.WaitForCompletionAsync(ct);
        await source.DeleteIfExistsAsync(cancellationToken: ct);
    }

    public async Task<List<string>> ListAsync(CancellationToken ct)
    {
        var names = new List<string>();
        if (isMade && !await container.ExistsAsync(ct))
            return names;
        await foreach (var blob in container.GetBlobsAsync(cancellationToken: ct))
            names.Add(blob.Name);
        return names;
    }

    public Task DeleteAsync(string name, CancellationToken ct) => container.GetBlobClient(name).DeleteIfExistsAsync(cancellationToken: ct);

    private static BlobClientOptions Options() =>
        new() { Retry = { MaxRetries = 3, Mode = RetryMode.Exponential, NetworkTimeout = TimeSpan.FromSeconds(60) } };
}
