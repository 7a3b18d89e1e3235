using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Dns;

/// <summary>Runs the DNS renewals as a job, unless the interlock or the clock prevents it.</summary>
public sealed class DnsRenewalJob(DnsSettings settings, DnsInterlock interlock, Subscriptions subscriptions, RenewalRun renewal,
    DatabaseClock clock) : IJob
{
    public string Name => DnsSettings.Job;
    public string Title => "DNS renewal";
    public bool Bills => true;
    public IReadOnlyList<string> SettingsSources => settings.Sources;

    public Task<JobSettings> ReadSettingsAsync(CancellationToken ct) => settings.ReadAsync(ct);

    public Task WriteSettingsAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct) =>
        settings.WriteAsync(connection, change, ct);

    public Task WriteRunTimesAsync(DateTimeOffset? lastRun, DateTimeOffset? nextRun, CancellationToken ct) =>
        settings.WriteRunTimesAsync(lastRun, nextRun, ct);

    // An admin who enables the job has checked what the panel's engine did before.
    public async Task<object?> TakeOverAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct)
    {
        await DnsInterlock.BeginAsync(connection, ct);
        return null;
    }

    public Task OnEnabledAsync(CancellationToken ct)
    {
        interlock.Invalidate();
        return Task.CompletedTask;
    }

    public async Task<RunOutcome> RunAsync(RunContext run, CancellationToken ct)
    {
        if (await subscriptions.MissingTablesAsync(ct) is { Count: > 0 } missing)
            return new(RunStatus.Succeeded, $"this panel has no DNS plans ({string.Join(" and ", missing)} missing)", []);
        if (await interlock.ReadAsync(ct) is { } reason)
            return new(RunStatus.Skipped, reason, []);
        if ((await clock.ReadAsync(ct)).Problem is { } doubt)
            return new(RunStatus.Failed, doubt, []);

        var result = await renewal.ExecuteAsync(run.RunId, run.Fence, run.IsDryRun, ct);
        var errors = result.Problems;
        var message = $"{result.Renewed} periods renewed, {result.InGrace} subscriptions in grace, {result.Suspended} suspended, " +
            $"{result.Unread} wallets unread{(result.IsPaused ? "; billing is paused, so the tokens are taken when it is resumed" : "")}";
        if (ct.IsCancellationRequested)
            return new(RunStatus.Cancelled, $"{message}; stopped between two subscriptions or debits: the rest is renewed and taken later",
                errors, Amount: result.Amount, Tokens: result.TokensDebited);
        var status = !result.HasReading ? RunStatus.Failed : errors.Count > 0 ? RunStatus.Partial : RunStatus.Succeeded;
        return new(status, message, errors, Amount: result.Amount, Tokens: result.TokensDebited);
    }
}
