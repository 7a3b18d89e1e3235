using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Payments;

/// <summary>Takes the due steps of all top-ups as a job. An admin enables top-ups by enabling it.</summary>
public sealed class PaymentsJob(OwnSettings settings, TopUpSteps steps, DisputeSweep disputes) : IJob
{
    public const string Name = "payments";
    private const string DefaultSchedule = "*/5 * * * *";

    string IJob.Name => Name;
    public string Title => "Payments";

    public Task<JobSettings> ReadSettingsAsync(CancellationToken ct) =>
        settings.ReadAsync(Name, DefaultSchedule, ct, isEnabledAtFirst: false);

    public Task WriteSettingsAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct) =>
        OwnSettings.WriteAsync(connection, Name, change, ct);

    public async Task<RunOutcome> RunAsync(RunContext run, CancellationToken ct)
    {
        if (run.IsDryRun)
            return new(RunStatus.Succeeded, $"would look at {await steps.CountDueAsync(ct)} top-ups", []);
        var problem = await disputes.SweepAsync(ct);
        var (count, failures) = await steps.AdvanceDueAsync(onlyWoken: false, ct);
        RunError[] errors = [.. failures.Select(failure => new RunError("database", null, failure)),
            .. problem is null ? [] : new[] { new RunError("execution", null, $"PayPal's disputes can't be read: {problem}") }];
        return new(errors.Length == 0 ? RunStatus.Succeeded : RunStatus.Partial, $"looked at {count} top-ups", errors);
    }
}
