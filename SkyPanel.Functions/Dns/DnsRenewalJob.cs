using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Dns;

/// <summary>DNS renewals as a job: whether it may renew now, and what the run log says of it.</summary>
public sealed class DnsRenewalJob(DnsSettings settings, DnsInterlock interlock, Subscriptions subscriptions, RenewalRun renewal) : IJob
{
    // When it was enabled, what the panel's engine did before is history: that says that an admin has looked.
    public JobType Type => new(DnsSettings.Job, "DNS renewal", settings.ReadAsync, settings.WriteAsync, StepAsync, settings.WriteRunTimesAsync, interlock.ForgetAsync);

    private async Task<RunOutcome> StepAsync(RunContext run, CancellationToken ct)
    {
        if (await subscriptions.MissingTablesAsync(ct) is { Count: > 0 } missing)
            return new("succeeded", $"this panel has no DNS plans ({string.Join(" and ", missing)} missing)", []);
        if (await interlock.ReadAsync(ct) is { } reason)
            return new("skipped", reason, []);

        var result = await renewal.ExecuteAsync(run.RunId, run.Fence, run.IsDryRun, ct);
        RunError[] errors = [.. result.Problems.Select(problem => new RunError(problem.Kind, null, problem.Message))];
        var message = $"{result.Renewed} periods renewed, {result.InGrace} subscriptions in grace, {result.Suspended} suspended, {result.Unread} wallets unread{(result.IsPaused ? "; billing is paused, so the tokens are taken when it is resumed" : "")}";
        if (ct.IsCancellationRequested)
            return new("cancelled", $"{message}; stopped between two subscriptions or debits: the rest is renewed and taken later", errors, Amount: result.Amount, Tokens: result.TokensDebited);
        var status = !result.HasReading ? "failed" : errors.Length > 0 ? "partial" : "succeeded";
        return new(status, message, errors, Amount: result.Amount, Tokens: result.TokensDebited);
    }
}
