using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Backup;

/// <summary>Runs backups as a job. It is off, with an alert, while no place is configured.</summary>
public sealed class BackupJob(OwnSettings settings, Backups backups, IOptions<BackupOptions> options) : IJob
{
    public const string Name = "backup";
    private const string DefaultSchedule = "15 2 * * *";

    string IJob.Name => Name;
    public string Title => "Backup";

    public async Task<JobSettings> ReadSettingsAsync(CancellationToken ct)
    {
        var stored = await settings.ReadAsync(Name, DefaultSchedule, ct);
        return options.Value.HasPlace || !stored.Enabled ? stored
            : stored with { Enabled = false, OffBecause = BackupPlaces.None, Alert = $"It is stored as on, and off: {BackupPlaces.None}." };
    }

    // A change of the schedule must not store that the job is off for lack of a place.
    public async Task WriteSettingsAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct)
    {
        var stored = await settings.ReadAsync(Name, DefaultSchedule, ct);
        await OwnSettings.WriteAsync(connection, Name, change with { Enabled = change.Asked ?? stored.Enabled }, ct);
    }

    public async Task<RunOutcome> RunAsync(RunContext run, CancellationToken ct)
    {
        if (run.IsDryRun)
        {
            var preview = await backups.PreviewAsync(ct);
            return new(RunStatus.Succeeded, $"would hold {Describe(preview)}", []);
        }
        if (BackupPlaces.Of(options.Value) is not { } place)
            return new(RunStatus.Skipped, BackupPlaces.None, []);

        var done = await backups.MakeAsync(place, options.Value.Keep, run.Fence, ct);
        return new(RunStatus.Succeeded,
            $"{done.Name}, {done.Bytes} bytes, in {place.Name}: {Describe(done.Manifest)}; read back and verified; {done.Removed} older " +
            $"ones removed", []);
    }

    private static string Describe(BackupManifest manifest) =>
        $"{manifest.Tables.Count} tables, {manifest.Rows} rows, {manifest.Tables.Sum(table => table.Digest.Bytes)} bytes before " +
        $"compression";
}
