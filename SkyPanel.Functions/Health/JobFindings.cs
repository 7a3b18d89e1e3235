using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Health;

/// <summary>Examines whether the jobs' stored settings can be read, and whether the heartbeat runs.</summary>
public sealed class JobFindings(JobRunner runner, Pauses pauses, OutsideChecks outside)
{
    public async Task<IReadOnlyList<Finding>> FindAsync(CancellationToken ct)
    {
        var findings = new List<Finding>();
        foreach (var job in runner.Jobs)
            findings.Add(await Finding.TryAsync($"schedule of {job.Name}", _ => ScheduleAsync(job, ct), ct));
        findings.Add(await Finding.TryAsync("observations", outside.ReadingAsync, ct));
        return findings;
    }

    private async Task<Finding> ScheduleAsync(IJob job, CancellationToken ct)
    {
        var settings = await job.ReadSettingsAsync(ct);
        return settings switch
        {
            { OffBecause: { } reason } => Finding.Off($"{job.Title} is stored as on, and off: {reason}.",
                "Set one of these when it is to run: it need not be enabled again."),
            { Enabled: false } => Finding.Off($"{job.Title} is not enabled. {settings.Alert}".TrimEnd(),
                $"Enable it over HTTP when it is to run: PUT /api/admin/cron/jobs/{job.Name}/settings."),
            { Alert: { } alert } => Finding.Failing(alert,
                $"Store a schedule over HTTP: PUT /api/admin/cron/jobs/{job.Name}/settings."),
            _ when await pauses.FindAsync(job.Name, ct) is { } pause => Finding.Warning($"{job.Title} is {pause}.",
                $"Resume it when it is to run: POST /api/admin/cron/{(pause.IsOfAll ? "resume" : $"jobs/{job.Name}/resume")}."),
            _ => Finding.Ok($"{job.Title} runs on '{settings.Schedule.Expression}' in {settings.Schedule.TimeZone}."),
        };
    }
}
