using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace SkyPanel.Functions.Backup;

/// <summary>Stores backups as blobs in a container of a storage account.</summary>
/// <param name="isCreated">Whether a missing container is created, which a SAS or an identity may not be allowed to do.</param>
public sealed class BlobPlace(BlobContainerClient container, bool isCreated) : IBackupPlace
{
    private const int BlockBytes = 8 << 20;

    public string Name { get; } = container.Uri.GetLeftPart(UriPartial.Path);

    public static BlobPlace Of(string connectionString, string container)
    {
        try
        {
            return new(new(connectionString, container, Options()), isCreated: true);
        }
        catch (FormatException e) // Its message names what is missing, never a value.
        {
            throw new BackupException($"Backup:ConnectionString '***' can't be read: {e.Message}", e);
        }
    }

    /// <param name="containerUri">With a SAS, or without one to use the machine's identity.</param>
    public static BlobPlace Of(Uri containerUri) =>
        new(containerUri.Query.Length > 0 ? new(containerUri, Options()) : new(containerUri, new DefaultAzureCredential(), Options()),
            isCreated: false);

    public async Task<Stream> CreateAsync(string name, CancellationToken ct)
    {
        if (isCreated)
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

    // Blobs can't be renamed: the service copies it within the account, and the copy appears when it is complete.
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
        if (isCreated && !await container.ExistsAsync(ct))
            return names;
        await foreach (var blob in container.GetBlobsAsync(cancellationToken: ct))
            names.Add(blob.Name);
        return names;
    }

    public Task DeleteAsync(string name, CancellationToken ct) => container.GetBlobClient(name).DeleteIfExistsAsync(cancellationToken: ct);

    private static BlobClientOptions Options() =>
        new() { Retry = { MaxRetries = 3, Mode = RetryMode.Exponential, NetworkTimeout = TimeSpan.FromSeconds(60) } };
}
