using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Looks at the laws of money on schedule, so that what breaks them is known before a customer asks.</summary>
public sealed class MonitoringJob(OwnSettings settings, Integrity integrity)
{
    public const string Name = "monitoring";
    private const string DefaultSchedule = "0 * * * *";

    public JobType Type => new(Name, "Monitoring", ct => settings.ReadAsync(Name, DefaultSchedule, ct), (change, ct) => settings.WriteAsync(Name, change, ct),
        StepAsync, (_, _, _) => Task.CompletedTask);

    private async Task<RunOutcome> StepAsync(RunContext run, CancellationToken ct)
    {
        var report = await integrity.CheckAsync(ct);
        RunError[] errors = [.. report.Checks.Where(check => !check.Ok).Select(check =>
            new RunError("data", null, $"{check.Law} Broken {check.Violations} times: {string.Join("; ", check.Examples)}"))];
        return new(report.Ok ? "succeeded" : "failed", report.Ok ? $"{report.Checks.Count} laws hold" : "a law of money is broken: see GET /api/admin/billing/integrity", errors);
    }
}
