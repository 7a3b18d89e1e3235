using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Maintenance;

/// <summary>What keeps the database small and quick: removes what is old and no money, and refreshes statistics.</summary>
public sealed class MaintenanceJob(OwnSettings settings, Retention retention, Statistics statistics) : IJob
{
    public const string Name = "maintenance";
    private const string DefaultSchedule = "30 3 * * *";

    public JobType Type => JobType.Own(Name, "Maintenance", DefaultSchedule, settings, StepAsync);

    private async Task<RunOutcome> StepAsync(RunContext run, CancellationToken ct)
    {
        if (run.IsDryRun)
            return new("succeeded", $"would remove {Describe(await retention.PreviewAsync(ct))}", []);

        var removed = await retention.RemoveAsync(run.Fence, ct);
        var analysed = await statistics.RefreshAsync(run.Fence, ct);
        var message = $"removed {Describe(removed)}; {analysed.Count} tables analysed";
        return ct.IsCancellationRequested
            ? new("cancelled", $"{message}; stopped between two portions: the rest is removed and analysed later", [], HasProgressed: removed.Any(kind => kind.Rows > 0) || analysed.Count > 0)
            : new("succeeded", message, []);
    }

    private static string Describe(IEnumerable<(string What, long Rows)> counts) => string.Join(", ", counts.Select(count => $"{count.Rows} {count.What}"));
}
