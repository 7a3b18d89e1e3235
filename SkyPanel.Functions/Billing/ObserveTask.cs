using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Billing;

/// <summary>Observes VirtFusion's servers between runs, on one process at a time.</summary>
public sealed class ObserveTask(BillingSettings settings, Observer observer, NpgsqlDataSource database, IOptions<MeteringOptions> metering, ILogger<ObserveTask> logger) : IHeartbeatTask
{
    // Whoever inserts the reading first observes; others on the same database find it fresh.
    private const string IsFreshSql = "select exists (select from cron_service.observations where observed_at > now() - @observe_every + interval '5 seconds')";

    public string Name => "observing VirtFusion";

    public async Task RunAsync(CancellationToken ct)
    {
        if ((await database.QueryAsync(IsFreshSql, row => row.GetBoolean(0), ct, ("observe_every", metering.Value.ObserveEvery)))[0])
            return;
        var hoursPerMonth = (await settings.ReadAsync(ct)).HoursPerMonth;
        var reading = await observer.ReadAsync(null, ct);
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        var notes = await observer.RecordAsync(connection, reading, hoursPerMonth, ct);
        await transaction.CommitAsync(ct);
        foreach (var note in notes)
            logger.LogWarning("{Note}", note);
        foreach (var problem in reading.Problems.Take(20))
            logger.LogWarning("Observing VirtFusion: {Problem}", problem.ServerId is { } id ? $"server {id} {problem.Message}" : problem.Message);
    }
}
