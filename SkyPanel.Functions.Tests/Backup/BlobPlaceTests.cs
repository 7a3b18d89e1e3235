using Azure.Storage.Blobs;
using Azure.Storage.Sas;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Backup;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Backup;

public sealed class BlobPlaceTests
{
    [Fact]
    public async Task A_container_of_blobs_keeps_verified_backups_by_key_and_by_SAS_and_gives_them_back()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var azurite = await Azurite.StartAsync();
        await using var bench = await BackupBench.StartAsync(("Backup:Folder", ""), ("Backup:ConnectionString", azurite.ConnectionString),
            ("Backup:Container", "ours"), ("Backup:Keep", "2"));
        var container = new BlobContainerClient(azurite.ConnectionString, "ours");

        // By key: the container is made, what was cut off goes, and the oldest beyond two.
        var outcome = await bench.RunAsync();
        Assert.True(outcome.Status == RunStatus.Succeeded, outcome.Message);
        Assert.DoesNotContain("AccountKey", outcome.Message, StringComparison.Ordinal);
        var first = Assert.Single(await NamesAsync(container));
        await container.UploadBlobAsync("skypanel-0123.partial", BinaryData.FromString("half"), ct);
        await container.UploadBlobAsync("someone-elses.zip", BinaryData.FromString("theirs"), ct);
        await bench.RunAsync();
        await bench.RunAsync();
        var names = await NamesAsync(container);
        Assert.Equal(3, names.Count);
        Assert.DoesNotContain(first, names);
        Assert.Contains("someone-elses.zip", names);

        // By SAS, in another app.
        var sas = container.GenerateSasUri(BlobContainerSasPermissions.All, TimeProvider.System.GetUtcNow().AddHours(1));
        var app = bench.Panel.StartApp(("Backup:ContainerUri", sas.ToString()));
        var runner = app.GetRequiredService<JobRunner>();
        var bySas = await (await runner.TriggerAsync(runner.Find(BackupJob.Name)!, "test", isDryRun: false, ct))!.Value.Outcome;
        Assert.True(bySas.Status == RunStatus.Succeeded, bySas.Message);
        Assert.DoesNotContain("sig=", bySas.Message, StringComparison.Ordinal);

        // A name that is taken is never written over, and one that isn't there is told.
        var place = BlobPlace.Of(sas);
        var latest = (await Backups.ListAsync(place, ct))[^1];
        await container.UploadBlobAsync("skypanel-1.partial", BinaryData.FromString("another"), ct);
        await Assert.ThrowsAsync<Azure.RequestFailedException>(() => place.RenameAsync("skypanel-1.partial", latest, ct));
        await Assert.ThrowsAsync<BackupException>(() => place.OpenAsync("skypanel-none.zip", ct));

        await using var restored = await EmptyDatabase.CreateAsync();
        await using var file = await place.OpenAsync(latest, ct);
        Assert.True((await restored.RestoreAsync(file, BackupBench.Noon)).Integrity.Ok);
        Assert.Equal(36, await restored.ScalarAsync<long>("select count(*) from cron_service.charges"));
    }

    [Fact]
    public async Task An_account_that_does_not_answer_fails_the_run_and_tells_no_key()
    {
        await using var bench = await BackupBench.StartAsync(("Backup:Folder", ""),
            ("Backup:ConnectionString",
                "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=dG9wc2VjcmV0;BlobEndpoint=http://127.0.0.1:1/a;"));
        var outcome = await bench.RunAsync();

        Assert.Equal(RunStatus.Failed, outcome.Status);
        Assert.DoesNotContain("dG9wc2VjcmV0", outcome.Message, StringComparison.Ordinal);
    }

    private static async Task<List<string>> NamesAsync(BlobContainerClient container)
    {
        var names = new List<string>();
        await foreach (var blob in container.GetBlobsAsync(cancellationToken: TestContext.Current.CancellationToken))
            names.Add(blob.Name);
        return names;
    }
}
