using SkyPanel.Functions.Http;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Billing;

/// <summary>Runs hourly billing as a job, unless it was never taken over, or the interlock or the clock prevents it.</summary>
public sealed class HourlyBillingJob(
    BillingSettings settings, Interlock interlock, NativeUsage nativeUsage, Observer observer, DatabaseClock clock,
        BillingRun billing) : IJob
{
    private const string NotTakenOver =
        "hourly-billing was never enabled over HTTP: an admin takes over with PUT /api/admin/cron/jobs/hourly-billing/settings";

    public string Name => BillingSettings.Job;
    public string Title => "Hourly billing";
    public bool Bills => true;
    public bool HasHoursPerMonth => true;
    public IReadOnlyList<string> SettingsSources => settings.Sources;
    public Task<JobSettings> ReadSettingsAsync(CancellationToken ct) => settings.ReadAsync(ct);

    public Task WriteSettingsAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct) =>
        settings.WriteAsync(connection, change, ct);

    public Task WriteRunTimesAsync(DateTimeOffset? lastRun, DateTimeOffset? nextRun, CancellationToken ct) =>
        settings.WriteRunTimesAsync(lastRun, nextRun, ct);

    // An admin who enables the job has checked what the panel's engine did before. Other recorders and chargers are locked out first, so
    // that none uses an older reading.
    public async Task<object?> TakeOverAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct)
    {
        await Interlock.BeginAsync(connection, ct);
        await Observer.LockAsync(connection, null, ct);
        await ChargeLocks.TakeAsync(connection, Portion.All, ct);
        var now = await DatabaseClock.NowAsync(connection, ct); // The locks may have taken long.
        await observer.RecordPanelAsync(connection, now, [], change.HoursPerMonth, ct);
        await PanelHours.ResetAsync(connection, ct);
        var takeOver = await PanelHours.PassOverAsync(connection, now, change.Caller.Name, ct);
        if (takeOver is { PassedOverServers: > 0 })
            await Audit.WriteAsync(connection, change.Caller, "take-over", Name, null, takeOver, change.Note);
        return takeOver;
    }

    public Task OnEnabledAsync(CancellationToken ct) => nativeUsage.ReadAsync(ct);

    public async Task<RunOutcome> RunAsync(RunContext run, CancellationToken ct)
    {
        if (run.Trigger != RunTrigger.Manual && run.Settings.TakenOverAt is null)
            return new(RunStatus.Skipped, NotTakenOver, []);
        if (await interlock.ReadAsync(ct) is { } reason)
            return new(RunStatus.Skipped, reason, []);
        if ((await clock.ReadAsync(ct)).Problem is { } doubt)
            return new(RunStatus.Failed, doubt, []);

        var result = await billing.ExecuteAsync(run.RunId, run.Fence, run.Settings.HoursPerMonth, run.IsDryRun, ct);
        var outcome = OutcomeOf(result, await nativeUsage.ProblemsAsync(CancellationToken.None));
        // The delivery may notice a pause before LeaseKeeper does.
        return ct.IsCancellationRequested || result.IsPaused
            ? outcome with { Status = RunStatus.Cancelled, Message = "stopped between debits: the rest is taken later", TakeOver = null }
                : outcome;
    }

    /// <summary>Returns the outcome of a run that was not stopped.</summary>
    /// <param name="others">Problems from outside the run.</param>
    public static RunOutcome OutcomeOf(BillingResult result, IReadOnlyList<RunError> others)
    {
        RunError[] errors =
        [
            .. result.Problems, .. others,
            .. result.Held.Select(h => RunError.OfData(h.Message, h.ServerId)),
        ];
        return new(Status(result, errors.Length), Message(result), errors, result.Servers, result.Hours, result.Amount,
            result.TokensDebited)
        {
            TakeOver = result.TakeOver,
        };
    }

    private static RunStatus Status(BillingResult result, int errors) => result switch
    {
        { IsRunHeld: true } => RunStatus.Held,
        { HasReading: false, Hours: 0 } => RunStatus.Failed,
        _ => errors > 0 ? RunStatus.Partial : RunStatus.Succeeded,
    };

    private static string? Message(BillingResult result) => result switch
    {
        { IsRunHeld: true } => result.Held[^1].Message,
        { HasReading: false } => $"VirtFusion could not be read: billed up to the last reading. {result.Problems[0].Message}",
        _ when Notes(result) is { Count: > 0 } notes => string.Join("; ", notes),
        _ => null,
    };

    private static List<string> Notes(BillingResult result) =>
        [.. result.TakeOver is { PassedOverServers: > 0 } taken ? [taken.ToString()] : Array.Empty<string>(), .. result.Notes.Take(20)];
}
