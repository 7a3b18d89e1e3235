using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Metering;

namespace SkyPanel.Functions.Health;

/// <summary>Examines whether the jobs' stored settings can be read, and whether the heartbeat runs.</summary>
public sealed class JobFindings(JobRunner runner, NpgsqlDataSource database, IOptions<MeteringOptions> metering)
{
    private const string ReadingSql = "select clock_timestamp() - max(observed_at) from cron_service.observations where is_complete";

    public async Task<IReadOnlyList<Finding>> FindAsync(CancellationToken ct)
    {
        var findings = new List<Finding>();
        foreach (var job in runner.Jobs)
            findings.Add(await Finding.TryAsync($"schedule of {job.Name}", () => ScheduleAsync(job, ct), ct));
        findings.Add(await Finding.TryAsync("observations", () => ReadingAsync(ct), ct));
        return findings;
    }

    private static async Task<Finding> ScheduleAsync(IJob job, CancellationToken ct)
    {
        var (name, settings) = ($"schedule of {job.Name}", await job.ReadSettingsAsync(ct));
        return settings switch
        {
            { OffBecause: { } reason } => Finding.Off(name, $"{job.Title} is stored as on, and off: {reason}.",
                "Set one of these when it is to run: it need not be enabled again."),
            { Enabled: false } => Finding.Off(name, $"{job.Title} is not enabled. {settings.Alert}".TrimEnd(),
                $"Enable it over HTTP when it is to run: PUT /api/admin/cron/jobs/{job.Name}/settings."),
            { Alert: { } alert } => Finding.Failing(name, alert,
                $"Store a schedule over HTTP: PUT /api/admin/cron/jobs/{job.Name}/settings."),
            _ => Finding.Ok(name, $"{job.Title} runs on '{settings.Schedule.Expression}' in {settings.Schedule.TimeZone}."),
        };
    }

    private async Task<Finding> ReadingAsync(CancellationToken ct) =>
        (await database.QueryAsync(ReadingSql, row => row.IsDBNull(0) ? (TimeSpan?)null : row.GetTimeSpan(0), ct))[0] switch
        {
            null => Finding.Warning("observations", "VirtFusion's servers were never read completely.",
                "Wait for the heartbeat's first reading, or trigger a run."),
            var age when age > metering.Value.ObserveEvery * 3 =>
                Finding.Failing("observations",
                FormattableString.Invariant($"The last complete reading is {age.Value.TotalMinutes:0} minutes old."),
                "See whether the heartbeat's timer fires (Cron:Heartbeat:Schedule) and VirtFusion answers."),
            var age => Finding.Ok("observations",
                FormattableString.Invariant($"The last complete reading is {age.Value.TotalMinutes:0} minutes old.")),
        };
}
