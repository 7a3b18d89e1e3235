using System.IO.Compression;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Backup;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Backup;

/// <summary>A billed panel and a folder for its backups.</summary>
public sealed class BackupBench : IAsyncDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    private BackupBench(TestPanel panel, string folder) => (Panel, Folder) = (panel, folder);

    public TestPanel Panel { get; }
    public string Folder { get; }
    public FolderPlace Place => new(Folder);
    public Backups Backups => Panel.Services.GetRequiredService<Backups>();

    /// <summary>Four servers of two customers, billed for the nine hours before noon of 10 March.</summary>
    public static async Task<BackupBench> StartAsync(params (string Name, string Value)[] settings)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"skypanel-backups-{Guid.NewGuid():N}");
        var panel = await TestPanel.StartAsync(settings.Any(s => s.Name == "Backup:Folder") ? settings
            : [("Backup:Folder", folder), .. settings]);
        for (var server = 1; server <= 4; server++)
            await panel.AddServerAsync(server, userId: 1 + server % 2, monthlyPrice: server * 10, Noon.AddHours(-9));
        await panel.BillAsync(Noon);
        await panel.Database.ExecuteAsync("update cron_service.runs set status = 'succeeded', finished_at = now()");
        return new(panel, folder);
    }

    /// <summary>A run of the job, as a manual trigger starts it.</summary>
    public async Task<RunOutcome> RunAsync(bool isDryRun = false)
    {
        var runner = Panel.Services.GetRequiredService<JobRunner>();
        var run = await runner.TriggerAsync(runner.Find(BackupJob.Name)!, "test", isDryRun, TestContext.Current.CancellationToken);
        return await run!.Value.Outcome;
    }

    public string[] Files() => Directory.Exists(Folder) ? [.. Directory.GetFiles(Folder).Select(file => Path.GetFileName(file)).Order()]
        : [];

    public static async Task<BackupManifest> ManifestAsync(string file)
    {
        await using var stream = File.OpenRead(file);
        await using var archive = await BackupArchive.OpenAsync(stream, TestContext.Current.CancellationToken);
        return archive.Manifest;
    }

    /// <returns>The text of a table's rows in a backup.</returns>
    public static string Rows(string file, string entry)
    {
        using var zip = ZipFile.OpenRead(file);
        using var reader = new StreamReader(zip.GetEntry(entry)!.Open());
        return reader.ReadToEnd();
    }

    public async ValueTask DisposeAsync()
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        await Panel.DisposeAsync();
    }
}
