using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Billing;

/// <summary>Hourly billing as a job: whether it may bill now, and what the run log says of it.</summary>
public sealed class HourlyBillingJob(BillingSettings settings, Interlock interlock, BillingRun billing) : IJob
{
    private const string NotTakenOver = "hourly-billing was never enabled over HTTP: an admin takes over with PUT /api/admin/cron/jobs/hourly-billing/settings";

    // When it was enabled, what the panel's engine did before is history: that says that an admin has looked.
    public JobType Type => new(BillingSettings.Job, "Hourly billing", settings.ReadAsync, settings.WriteAsync, StepAsync, settings.WriteRunTimesAsync, interlock.ForgetAsync);

    private async Task<RunOutcome> StepAsync(RunContext run, CancellationToken ct)
    {
        if (run.Trigger != "manual" && run.Settings.TakenOverAt is null)
            return new("skipped", NotTakenOver, []);
        if (await interlock.ReadAsync(ct) is { } reason)
            return new("skipped", reason, []);

        var result = await billing.ExecuteAsync(run.RunId, run.Fence, run.Settings.HoursPerMonth, run.IsDryRun, ct);
        RunError[] errors =
        [
            .. result.Problems.Select(p => new RunError(p.Kind, p.ServerId, p.Message)),
            .. result.Held.Select(h => new RunError("data", h.ServerId, h.Message)),
        ];
        // Its delivery meets a pause before the keeper of its lease looks.
        if (ct.IsCancellationRequested || result.IsPaused)
            return new("cancelled", "stopped between debits: the rest is taken later", errors, result.Servers, result.Hours, result.Amount, result.TokensDebited, result.Cutoff);
        return new(Status(result, errors.Length), Message(result), errors, result.Servers, result.Hours, result.Amount, result.TokensDebited, result.Cutoff);
    }

    private static string Status(BillingResult result, int errors) => result switch
    {
        { IsRunHeld: true } => "held",
        { HasReading: false, Hours: 0 } => "failed",
        _ => errors > 0 ? "partial" : "succeeded",
    };

    private static string? Message(BillingResult result) => result switch
    {
        { IsRunHeld: true } => result.Held[^1].Message,
        { HasReading: false } => $"VirtFusion told nothing new: billed up to what was last seen. {result.Problems[0].Message}",
        { Notes.Count: > 0 } => string.Join("; ", result.Notes.Take(20)),
        _ => null,
    };
}
