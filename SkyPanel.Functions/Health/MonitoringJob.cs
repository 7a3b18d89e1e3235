using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Health;

/// <summary>Runs all checks on schedule, to detect failures before customers do.</summary>
public sealed class MonitoringJob(OwnSettings settings, Checks checks, CheckRecords records, Ping ping) : IJob
{
    public const string Name = "monitoring";
    private const string DefaultSchedule = "0 * * * *";

    string IJob.Name => Name;
    public string Title => "Monitoring";

    public Task<JobSettings> ReadSettingsAsync(CancellationToken ct) => settings.ReadAsync(Name, DefaultSchedule, ct);

    public Task WriteSettingsAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct) =>
        OwnSettings.WriteAsync(connection, Name, change, ct);

    // Only a broken law of money fails the run; for other failures an alert is enough.
    public async Task<RunOutcome> RunAsync(RunContext run, CancellationToken ct)
    {
        var pass = await checks.RunAsync(run.Trigger == RunTrigger.Manual, run.IsDryRun ? null : run.Fence, ct);
        var failing = pass.Found.Where(found => found.Value.IsFailing).ToList();
        // A check that broke earlier may be unknown now, or not due.
        if (!run.IsDryRun)
            await ping.SendAsync((await records.ListAsync(ct)).All(check => check.BrokenAt is null), run.Fence, ct);
        RunError[] errors = [.. failing.Select(found => new RunError(found.Value.Kind, null, $"{found.Key}: {found.Value.Text}"))];
        return failing.Count == 0
            ? new(RunStatus.Succeeded,
                $"{pass.Found.Count} checks, {pass.Found.Values.Count(found => found.CheckState == CheckState.Ok)} of them well, " +
                "none failing", errors)
            : new(pass.IsFailing("integrity") ? RunStatus.Failed : RunStatus.Partial,
                $"failing: {string.Join(", ", failing.Select(found => found.Key))}; see GET /api/admin/monitoring/checks", errors,
                IsRetriable: false);
    }
}
