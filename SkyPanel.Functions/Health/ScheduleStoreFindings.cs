using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Health;

/// <summary>Whether the places that timers are bound from can be read, and have the schedules that are stored.</summary>
public sealed class ScheduleStoreFindings(IEnumerable<IScheduleStore> stores, ScheduleSync sync, JobRunner runner,
    IOptions<AppConfigurationOptions> appConfiguration)
{
    public async Task<IReadOnlyList<Finding>> FindAsync(CancellationToken ct)
    {
        var findings = new List<Finding>();
        foreach (var store in stores)
            findings.Add(await FindAsync(store, ct) with { Name = store.Kind });
        if (!appConfiguration.Value.IsSet)
            findings.Add(Finding.Off("Changed schedules are written to no Azure App Configuration.",
                "On Azure, set AppConfiguration:Endpoint; elsewhere nothing.") with { Name = "app-configuration" });
        return findings;
    }

    private async Task<Finding> FindAsync(IScheduleStore store, CancellationToken ct)
    {
        var differences = new List<string>();
        try
        {
            foreach (var job in runner.Jobs)
            {
                var (stored, there) = ((await job.ReadSettingsAsync(ct)).Schedule.Expression,
                    await store.ReadAsync(job.ScheduleSetting, ct));
                if (there != stored)
                    differences.Add($"{job.ScheduleSetting} is {(there is null ? "absent" : $"'{there}'")} there and '{stored}' here");
            }
        }
        catch (Exception e) when (!ct.IsCancellationRequested) // Whatever its medium or an identity throws: that is the finding.
        {
            var reason = e is OperationCanceledException ? "no answer in time" : e.Message.Split('\n')[0].Trim();
            return Finding.Failing($"{store.Name} can't be read: {reason}.",
                "Check that it can be reached from here, and lets the app in. Jobs run on their stored schedules meanwhile.");
        }
        if (sync.Stores.GetValueOrDefault(store.Name) is { } trouble)
            return Finding.Failing($"{store.Name} can be read, but the last write failed: {trouble}.",
                "Mend what it says: it is tried again each minute.");
        return differences.Count == 0
            ? Finding.Ok($"{store.Name} answers, and has the schedules that are stored.")
            : Finding.Warning($"{store.Name} has other schedules: {string.Join("; ", differences)}.",
                "Restart the app, which writes them. Jobs run on their stored schedules meanwhile.");
    }
}
