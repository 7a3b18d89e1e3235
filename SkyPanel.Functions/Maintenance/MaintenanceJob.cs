using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Maintenance;

/// <summary>Removes old rows that are not about money, and refreshes the planner's statistics.</summary>
public sealed class MaintenanceJob(OwnSettings settings, Retention retention, Statistics statistics) : IJob
{
    public const string Name = "maintenance";
    private const string DefaultSchedule = "30 3 * * *";

    string IJob.Name => Name;
    public string Title => "Maintenance";

    public Task<JobSettings> ReadSettingsAsync(CancellationToken ct) => settings.ReadAsync(Name, DefaultSchedule, ct);

    public Task WriteSettingsAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct) =>
        OwnSettings.WriteAsync(connection, Name, change, ct);

    public async Task<RunOutcome> RunAsync(RunContext run, CancellationToken ct)
    {
        if (run.IsDryRun)
            return new(RunStatus.Succeeded, $"would remove {Describe(await retention.PreviewAsync(ct))}", []);

        var removed = await retention.RemoveAsync(run.Fence, ct);
        var analysed = await statistics.RefreshAsync(run.Fence, ct);
        var message = $"removed {Describe(removed)}; {analysed.Count} tables analysed";
        return ct.IsCancellationRequested
            ? new(RunStatus.Cancelled, $"{message}; stopped between two portions: the rest is removed and analysed later", [],
                HasProgressed: removed.Any(kind => kind.Rows > 0) || analysed.Count > 0)
            : new(RunStatus.Succeeded, message, []);
    }

    private static string Describe(IEnumerable<(string What, long Rows)> counts) =>
        string.Join(", ", counts.Select(count => $"{count.Rows} {count.What}"));
}
