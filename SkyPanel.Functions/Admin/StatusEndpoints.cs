using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Npgsql;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Dns;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Admin;

/// <summary>What the jobs are doing, at a glance.</summary>
public sealed class StatusEndpoints(JobRunner runner, RunQueries runs, Leases leases, Pauses pauses, Instances instances, BillingStatus billing, DnsStatus dns, MonitoringEndpoints monitoring, ScheduleSync sync, NpgsqlDataSource database, IConfiguration configuration)
{
    public const string Route = "api/admin/cron/status";

    private const string NowSql = "select now()";

    public async Task<IResult> GetAsync(CancellationToken ct)
    {
        var now = (await database.QueryAsync(NowSql, row => row.GetFieldValue<DateTimeOffset>(0), ct))[0];
        var statuses = new Dictionary<string, object>();
        var logs = new Dictionary<string, object>();
        foreach (var job in runner.Jobs)
        {
            var settings = await job.ReadSettings(ct);
            var pause = await pauses.FindAsync(job.Name, ct);
            var latest = await runs.ListAsync(job.Name, null, null, null, null, 10, ct);
            var bound = configuration[job.ScheduleSetting];
            statuses[job.Key] = new
            {
                isRunning = settings.Enabled,
                nextRun = settings.Enabled && pause is null ? settings.Schedule.Next(now)?.UtcDateTime : null,
                enabled = settings.Enabled,
                schedule = settings.Schedule.Expression,
                timeZone = settings.Schedule.TimeZone,
                hoursPerMonth = settings.HoursPerMonth,
                note = settings.Note,
                pause,
                isExecuting = await leases.IsHeldAsync(job.Name, ct),
                lastRun = latest.FirstOrDefault(),
                boundSchedule = bound,
                boundDiffers = bound != settings.Schedule.Expression,
                takenOverAt = settings.TakenOverAt?.UtcDateTime,
                takenOverBy = settings.TakenOverBy,
                alert = settings.Alert,
            };
            logs[job.Key] = new { lastRun = latest.FirstOrDefault()?.StartedAt, logs = latest };
        }
        return AdminJson.Ok(new { success = true, cronStatus = statuses, cronLogs = logs, dnsStats = await dns.ReadAsync(ct), scheduleStores = sync.Stores, instances = await instances.ListAsync(ct), billing = await billing.ReadAsync(ct), checks = await monitoring.SummaryAsync(ct) });
    }
}
