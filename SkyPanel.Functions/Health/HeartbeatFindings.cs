using Microsoft.Extensions.Configuration;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Health;

/// <summary>Whether something wakes the jobs: the heartbeat's timer, a scheduler that calls the wake route, or at least each job's own
/// timer.</summary>
public sealed class HeartbeatFindings(LastHeartbeat heartbeat, JobRegistry jobs, IConfiguration configuration)
{
    private const string Setting = "Cron:Heartbeat:Schedule";
    private const string Advice =
        "Set Cron__Heartbeat__Schedule to 0 * * * * * where the Functions host finds it, or let a scheduler call POST " +
        "/api/admin/cron/wake each minute.";

    public async Task<Finding> FindAsync(CancellationToken ct)
    {
        var age = await heartbeat.AgeAsync(ct);
        if (age < LastHeartbeat.MissingAfter)
            return Finding.Ok(FormattableString.Invariant($"The last heartbeat was {age.Value.TotalSeconds:0} seconds ago."));
        var isBound = !string.IsNullOrWhiteSpace(configuration[Setting]);
        if (isBound && heartbeat.IsStarting)
            return Finding.Ok($"Its timer is bound to '{configuration[Setting]}'; this process has just started.");

        var last = age is { } since ? FormattableString.Invariant($"The last heartbeat was {since.TotalMinutes:0} minutes ago")
            : "No heartbeat ever came";
        if (isBound)
            return Finding.Failing($"{last}, though its timer is bound to '{configuration[Setting]}'.",
                $"See in the host's log whether its timers run; restart the app. {Advice}");
        var unbound = new List<string>();
        foreach (var job in jobs.All.Where(job => string.IsNullOrWhiteSpace(configuration[job.ScheduleSetting])))
        {
            if ((await job.ReadSettingsAsync(ct)).Enabled)
                unbound.Add(job.Name);
        }
        return Finding.Failing(
            $"{last}, and its timer is bound to nothing{(unbound.Count == 0 ? "" : $": nothing wakes {string.Join(", ", unbound)}")}.",
            Advice);
    }
}
