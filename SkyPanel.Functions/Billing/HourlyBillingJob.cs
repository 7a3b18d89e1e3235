using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Billing;

/// <summary>Hourly billing as a job: whether it may bill now, and what the run log says of it.</summary>
public sealed class HourlyBillingJob(
    BillingSettings settings, Interlock interlock, NativeUsage nativeUsage, Enrolments enrolments, DatabaseClock clock,
        BillingRun billing) : IJob
{
    private const string NotTakenOver =
        "hourly-billing was never enabled over HTTP: an admin takes over with PUT /api/admin/cron/jobs/hourly-billing/settings";

    public string Name => BillingSettings.Job;
    public string Title => "Hourly billing";
    public bool Bills => true;
    public string NeverPassedOver => "hours are never passed over, the next run bills them and holds those older than Billing:MaxCatchUp";

    public Task<JobSettings> ReadSettingsAsync(CancellationToken ct) => settings.ReadAsync(ct);

    public Task WriteSettingsAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct) =>
        settings.WriteAsync(connection, change, ct);

    public Task WriteRunTimesAsync(DateTimeOffset? lastRun, DateTimeOffset? nextRun, CancellationToken ct) =>
        settings.WriteRunTimesAsync(lastRun, nextRun, ct);

    // What the panel's engine did before is history then: enabling says that an admin has looked. Other recorders and chargers are kept out
    // first: none charges by what was read before.
    public async Task<TakeOver?> TakeOverAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct)
    {
        await Interlock.BeginAsync(connection, ct);
        var now = await Observer.LockAsync(connection, null, ct);
        await ChargeLocks.TakeAsync(connection, Portion.All, ct);
        await enrolments.RefreshAsync(connection, now, change.HoursPerMonth, ct);
        await PanelHours.AskAgainAsync(connection, ct);
        return Told(await PanelHours.PassOverAsync(connection, now, change.ChangedBy, ct));
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
        // Its delivery meets a pause before the keeper of its lease looks.
        return ct.IsCancellationRequested || result.IsPaused
            ? outcome with { Status = RunStatus.Cancelled, Message = "stopped between debits: the rest is taken later", TakeOver = null }
                : outcome;
    }

    /// <summary>Tells what the run log says of a run that was not stopped.</summary>
    /// <param name="others">Problems that were found beside the run.</param>
    public static RunOutcome OutcomeOf(BillingResult result, IReadOnlyList<MeteringProblem> others)
    {
        RunError[] errors =
        [
            .. result.Problems.Concat(others).Select(p => new RunError(p.Kind, p.ServerId, p.Message)),
            .. result.Held.Select(h => new RunError("data", h.ServerId, h.Message)),
        ];
        return new(Status(result, errors.Length), Message(result), errors, result.Servers, result.Hours, result.Amount,
            result.TokensDebited)
        {
            TakeOver = Told(result.PassedOver),
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
        { HasReading: false } => $"VirtFusion told nothing new: billed up to what was last seen. {result.Problems[0].Message}",
        _ when Notes(result) is { Count: > 0 } notes => string.Join("; ", notes),
        _ => null,
    };

    private static List<string> Notes(BillingResult result) =>
        [.. result.PassedOver is { ServersPassedOver: > 0 } passed ? [passed.ToString()] : Array.Empty<string>(), .. result.Notes.Take(20)];

    private static TakeOver? Told(PassedOver? passed) => passed is null ? null : new(passed.Servers, passed.ServersPassedOver, passed.Hours,
        [.. passed.ByServer.Select(s => new ServerTakeOver(s.ServerId, s.OursFrom, s.Hours, s.Reason))]);
}
