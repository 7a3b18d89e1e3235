using SkyPanel.Functions.Backup;

namespace SkyPanel.Functions.Health;

/// <summary>Examines whether VirtFusion, Discord, the place for backups and PayPal answer, and the disks.</summary>
public sealed class OutsideFindings(OutsideChecks checks, PaymentFindings payments, IOptions<BackupOptions> backup, TimeProvider time)
{
    private const long LeastFreeBytes = 1L << 30;

    // The answer waits for the slowest; a longer one is a finding.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    public async Task<IReadOnlyList<Finding>> FindAsync(CancellationToken ct) =>
        await Task.WhenAll(
        [
            InTimeAsync("virtfusion", checks.VirtFusionAsync, ct), InTimeAsync("discord", checks.DiscordAsync, ct),
            InTimeAsync("backup", BackupAsync, ct), InTimeAsync("paypal", payments.FindAsync, ct), .. Disks(ct),
        ]);

    private Task<Finding> InTimeAsync(string name, Func<CancellationToken, Task<Finding>> look, CancellationToken ct) =>
        Finding.TryAsync(name, async _ =>
        {
            using var timeout = new CancellationTokenSource(MaxWait, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
            try
            {
                return await look(either.Token);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return Finding.Failing($"It hasn't answered within {MaxWait.TotalSeconds:0} seconds.",
                    "Check that it runs and can be reached from here.");
            }
        }, ct);

    private async Task<Finding> BackupAsync(CancellationToken ct)
    {
        if (BackupPlaces.Of(backup.Value) is not { } place)
            return Finding.Off("There is no place for backups.",
                "Set Backup:Folder, Backup:ContainerUri or Backup:ConnectionString, unless the database is backed up otherwise.");
        try
        {
            return Finding.Ok($"{place.Name} answers, and holds {(await Backups.ListAsync(place, ct)).Count} backups.");
        }
        catch (Exception e) when (!ct.IsCancellationRequested) // Whatever a disk, a store or an identity throws: that is the finding.
        {
            return Finding.Failing($"{place.Name} can't be read: {e.Message.Split('\n')[0].Trim()}",
                "Check that it exists and that the app may write there.");
        }
    }

    private IEnumerable<Task<Finding>> Disks(CancellationToken ct)
    {
        yield return DiskAsync("disk", Path.GetTempPath(), ct);
        if (!string.IsNullOrEmpty(backup.Value.Folder) && Directory.Exists(backup.Value.Folder))
            yield return DiskAsync("disk of backups", Path.GetFullPath(backup.Value.Folder), ct);
    }

    // A share without a letter, which Windows can't measure, is a finding of its own.
    private static Task<Finding> DiskAsync(string name, string folder, CancellationToken ct) => Finding.TryAsync(name, _ =>
    {
        var bytes = new DriveInfo(folder).AvailableFreeSpace;
        var free = FormattableString.Invariant($"{bytes / (double)(1 << 30):0.0} GB are free at {folder}");
        return Task.FromResult(bytes >= LeastFreeBytes ? Finding.Ok($"{free}.")
            : Finding.Warning($"Only {free}.", "Make room: what is written there needs it."));
    }, ct);
}
