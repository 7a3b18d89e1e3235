using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Billing;

/// <summary>Observes VirtFusion's servers between runs, unless another process has just done so.</summary>
public sealed class ObserveTask(BillingSettings settings, Observer observer, NpgsqlDataSource database, DatabaseClock clock,
    IOptions<MeteringOptions> metering, ILogger<ObserveTask> logger)
{
    // Several processes may read at the same time, which is harmless. A reading in the future, from before the clock was set back, doesn't
    // count.
    private const string IsFreshSql = """
        select exists (select from cron_service.observations
            where observed_at between now() - @observe_every + interval '5 seconds' and now() + interval '1 minute')
        """;

    private const int MaxLoggedProblems = 20;

    private List<string> _logged = [];

    public async Task RunAsync(CancellationToken ct)
    {
        if (await database.ScalarAsync<bool>(IsFreshSql, ct, ("observe_every", metering.Value.ObserveEvery)))
            return;
        if ((await clock.ReadAsync(ct)).Problem is { } doubt)
        {
            logger.LogWarning("VirtFusion is not observed: {Reason}", doubt);
            return;
        }
        var hoursPerMonth = (await settings.ReadAsync(ct)).HoursPerMonth;
        var reading = await observer.ReadAsync(null, ct);
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        var notes = await observer.RecordAsync(connection, reading, hoursPerMonth, ct);
        await transaction.CommitAsync(ct);
        foreach (var note in notes)
            logger.LogWarning("{Note}", note);
        LogProblems(reading);
    }

    // An outage is logged when it begins and when it ends, not each minute.
    private void LogProblems(Reading reading)
    {
        var problems = reading.Problems.Take(MaxLoggedProblems).Select(problem => problem.ServerId is { } id
            ? $"server {id} {problem.Message}" : problem.Message).Order().ToList();
        foreach (var problem in problems.Except(_logged))
            logger.LogWarning("Observing VirtFusion: {Problem}", problem);
        if (_logged.Count > 0 && problems.Count == 0)
            logger.LogInformation("VirtFusion is observed again without a problem");
        _logged = problems;
    }
}
