using SkyPanel.Functions.Backup;
using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Health;

/// <summary>Checks that VirtFusion, Discord and the place for backups answer.</summary>
public sealed class OutsideFindings(
    VirtFusionClient virtFusion, VirtFusionConnection connection, OutsideChecks checks,
    IOptions<BackupOptions> backup, NpgsqlDataSource database, TimeProvider time)
{
    private const long LeastFreeBytes = 1L << 30;

    // The answer waits for the slowest; a longer one is a finding.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const string AnyUserSql = "select user_id from cron_service.accounts where kind = 'customer' order by id limit 1";

    public async Task<IReadOnlyList<Finding>> FindAsync(CancellationToken ct) =>
    [
        .. await Task.WhenAll(InTimeAsync("virtfusion", VirtFusionAsync, ct), InTimeAsync("discord", checks.DiscordAsync, ct),
            InTimeAsync("backup", BackupAsync, ct)),
        .. Disks(),
    ];

    private async Task<Finding> InTimeAsync(string name, Func<CancellationToken, Task<Finding>> look, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            return await look(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Finding.Failing(name, $"It hasn't answered within {Patience.TotalSeconds:0} seconds.",
                "Check that it runs and can be reached from here.");
        }
    }

    // Reads a balance, as each debit does.
    private async Task<Finding> VirtFusionAsync(CancellationToken ct)
    {
        if (connection.BaseAddress is not { } address)
            return Finding.Failing("virtfusion", "VirtFusion's address and token are not known: nothing is asked of it.",
                "See what is found about secrets, or set VirtFusion:BaseUrl and VirtFusion:ApiToken.");
        var name = $"VirtFusion at {address.Host}";
        var user = (await database.QueryAsync(AnyUserSql, row => (int?)row.GetInt32(0), ct)).FirstOrDefault();
        return await virtFusion.ReadBalanceAsync(user ?? 0, ct) switch
        {
            BalanceReading.Tokens when user is not null => Finding.Ok("virtfusion", $"{name} answers, takes the token, and shows wallets."),
            BalanceReading.Unauthorized => Finding.Failing("virtfusion", $"{name} refuses the API token.",
                "Make a new token in VirtFusion, and set it in VirtFusion:ApiToken or the panel's settings."),
            BalanceReading.RateLimited => Finding.Warning("virtfusion", $"{name} answers that there were too many calls.",
                "Lower VirtFusion:RequestsPerSecond, or ask its administrator for more."),
            BalanceReading.Refused(var status, _) when user is null && status is 404 or 422 =>
                Finding.Ok("virtfusion", $"{name} answers and takes the token."),
            BalanceReading.Refused(var status, var message) => Finding.Failing("virtfusion", $"{name} answers {status}: {message}",
                "Check that the base address ends in /api/v1, and that the customer exists there."),
            BalanceReading.Unknown(var reason) => Finding.Failing("virtfusion", $"{name}: {reason}",
                "Check that it runs and can be reached from here; nothing is billed from unknown states."),
            _ => Finding.Ok("virtfusion", $"{name} answers and takes the token."),
        };
    }

    private async Task<Finding> BackupAsync(CancellationToken ct)
    {
        if (BackupPlaces.Of(backup.Value) is not { } place)
            return Finding.Off("backup", "There is no place for backups.",
                "Set Backup:Folder, Backup:ContainerUri or Backup:ConnectionString, unless the database is backed up otherwise.");
        try
        {
            return Finding.Ok("backup", $"{place.Name} answers, and holds {(await Backups.ListAsync(place, ct)).Count} backups.");
        }
        catch (Exception e) when (!ct.IsCancellationRequested) // Whatever a disk, a store or an identity throws: that is the finding.
        {
            return Finding.Failing("backup", $"{place.Name} can't be read: {e.Message.Split('\n')[0].Trim()}",
                "Check that it exists and that the app may write there.");
        }
    }

    private IEnumerable<Finding> Disks() => string.IsNullOrEmpty(backup.Value.Folder) || !Directory.Exists(backup.Value.Folder)
        ? [Disk("disk", Path.GetTempPath())] : [Disk("disk", Path.GetTempPath()), Disk("disk of backups", backup.Value.Folder)];

    private static Finding Disk(string name, string folder)
    {
        var bytes = new DriveInfo(folder).AvailableFreeSpace;
        var free = FormattableString.Invariant($"{bytes / (double)(1 << 30):0.0} GB are free at {folder}");
        return bytes >= LeastFreeBytes ? Finding.Ok(name, $"{free}.")
            : Finding.Warning(name, $"Only {free}.", "Make room: what is written there needs it.");
    }
}
