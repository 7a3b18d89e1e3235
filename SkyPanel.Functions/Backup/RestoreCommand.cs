using Microsoft.Extensions.Configuration;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Backup;

/// <summary>Runs <c>restore &lt;file, address or name&gt;</c> instead of the app, configured by environment variables and arguments
/// <c>--Name=value</c>.</summary>
public static class RestoreCommand
{
    public const string Name = "restore";

    private const string Usage =
        "restore wants one backup: a file, the https address of a blob, or a name in the place that is configured.";

    /// <returns>The exit code: 0 when it was restored and the integrity check passes, 1 otherwise.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine([.. args.Skip(1)]).Build();
            if (args is not [{ Length: > 0 } what, ..] || what.StartsWith('-'))
                throw new BackupException(Usage);
            var target = new NpgsqlConnectionStringBuilder(
                DatabaseRegistration.Prepare(configuration.GetConnectionString(
                DatabaseRegistration.ConnectionStringName))) { CommandTimeout = 0 };
            var options = configuration.GetSection("Backup").Get<BackupOptions>() ?? new();
            await using var file = await OpenAsync(what, options);
            await using var database = NpgsqlDataSource.Create(target.ConnectionString);
            var ledger = configuration.GetSection("Billing").Get<LedgerOptions>() ?? new();
            var report = await new Restore(database, new Integrity(database, Options.Create(ledger)), ledger)
                .LoadAsync(file, what.Split('?')[0], null, CancellationToken.None);
            foreach (var line in Describe(report, target))
                Console.WriteLine(line);
            return report.Integrity.Ok ? 0 : 1;
        }
        catch (Exception e) when (e is BackupException or StartException or MigrationException or NpgsqlException or IOException
            or UnauthorizedAccessException or Azure.RequestFailedException)
        {
            await Console.Error.WriteLineAsync($"Nothing was restored: {e.Message.ReplaceLineEndings(" ")}");
            return 1;
        }
    }

    private static async Task<Stream> OpenAsync(string what, BackupOptions options)
    {
        if (File.Exists(what))
            return File.OpenRead(what);
        if (what.Contains("://", StringComparison.Ordinal))
        {
            if (!Uri.TryCreate(what, UriKind.Absolute, out var address) || !address.MayGetSecrets() || address.UserInfo.Length > 0
                || address.Segments.Length < 3)
                throw new BackupException(Usage);
            var container = new UriBuilder(address) { Path = string.Concat(address.Segments.SkipLast(1)).TrimEnd('/') };
            return await BlobPlace.Of(container.Uri).OpenAsync(Uri.UnescapeDataString(address.Segments[^1]), CancellationToken.None);
        }
        return BackupPlaces.Of(options) is { } place
            ? await place.OpenAsync(what, CancellationToken.None)
            : throw new BackupException($"There is no file {what.Split('?')[0]}, and no place is configured: {Usage}");
    }

    private static IEnumerable<string> Describe(RestoreReport report, NpgsqlConnectionStringBuilder target)
    {
        var manifest = report.Manifest;
        yield return string.Create(CultureInfo.InvariantCulture,
            $"Backup of {manifest.Database} ({manifest.DatabaseVersion}), taken {manifest.TakenAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC " +
                $"by version {manifest.AppVersion}: {manifest.Tables.Count} tables, {manifest.Rows} rows; every checksum holds.");
        yield return $"Restored into {target.Database} on {target.Host}:{target.Port}, at the schema of {manifest.Migrations[^1]}.";
        yield return report.IsPanelLoaded
            ? "The panel's billing tables were made as well; users are stand-ins with their ids, and no secret is there."
            : "This database has tables of the panel: they stay as they are.";
        var aftermath = report.Aftermath;
        yield return $"{aftermath.HeldDebits} open debits are held, {aftermath.HeldRefunds} refunds that may have been given since the " +
            $"backup, and {aftermath.HeldHours} server-hours since; {aftermath.ReopenedHolds} approved holds are open again; " +
            $"{aftermath.DiscardedMessages} messages that waited to be sent are discarded: see docs/operations.md, Restore.";
        yield return "Hourly billing and DNS renewal are off until an admin enables them.";
        if (aftermath.DueRenewals.Count > 0)
            yield return $"{aftermath.DueRenewals.Count} DNS subscriptions are due, and may have been renewed since the backup: " +
                $"{string.Join("; ", aftermath.DueRenewals)}.";
        foreach (var check in report.Integrity.Checks)
            yield return $"  {(check.Ok ? "holds " : "BROKEN")}  " +
                $"{check.Law}{(check.Ok ? "" : $" {check.Violations} times: {string.Join("; ", check.Examples)}")}";
        yield return report.Integrity.Ok ? "Integrity: all laws hold."
            : "Integrity: a law of money is BROKEN. Don't start the app on this database.";
    }
}
