using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Billing;

/// <summary>Observes VirtFusion's servers between runs, unless a process has just done so.</summary>
public sealed class ObserveTask(BillingSettings settings, Observer observer, NpgsqlDataSource database, DatabaseClock clock,
    IOptions<MeteringOptions> metering, ILogger<ObserveTask> logger)
    : IHeartbeatTask
{
    // Processes whose heartbeats coincide may each read, which does no harm. A reading of the future, since the clock was put back, isn't
    // fresh.
    private const string IsFreshSql = """
        select exists (select from cron_service.observations
            where observed_at between now() - @observe_every + interval '5 seconds' and now() + interval '1 minute')
        """;

    private const int MostProblemsTold = 20;

    private List<string> _told = [];

    public string Name => "observing VirtFusion";

    public async Task RunAsync(CancellationToken ct)
    {
        if ((await database.QueryAsync(IsFreshSql, row => row.GetBoolean(0), ct, ("observe_every", metering.Value.ObserveEvery)))[0])
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
        Tell(reading);
    }

    // An outage is logged when it begins and when it ends, not each minute.
    private void Tell(Reading reading)
    {
        var problems = reading.Problems.Take(MostProblemsTold).Select(problem => problem.ServerId is { } id
            ? $"server {id} {problem.Message}" : problem.Message).Order().ToList();
        foreach (var problem in problems.Except(_told))
            logger.LogWarning("Observing VirtFusion: {Problem}", problem);
        if (_told.Count > 0 && problems.Count == 0)
            logger.LogInformation("VirtFusion is observed again without a problem");
        _told = problems;
    }
}
