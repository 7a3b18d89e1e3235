using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Outbox;
using SkyPanel.Functions.Scheduling;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Jobs;

/// <summary>What must go on between runs. Each part is tried though another failed.</summary>
public sealed class Heartbeat(
    JobRunner runner, Retries retries, ScheduleWatch schedules, Interlock interlock, Observer observer, InDoubt inDoubt, Delivery delivery, Checks checks, OutboxDelivery outbox, NpgsqlDataSource database,
    TimeProvider time, IHostApplicationLifetime lifetime, IOptions<MeteringOptions> metering, ILogger<Heartbeat> logger)
{
    // A host starts no beat while one is under way, and a run may take as long as its time box: for so long nobody would be told of anything.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Whoever inserts the beat first observes; others on the same database find it fresh.
    private const string IsFreshSql = "select exists (select from cron_service.observations where observed_at > now() - @observe_every + interval '5 seconds')";

    private readonly ConcurrentDictionary<string, Task> _waking = new();

    public async Task BeatAsync(CancellationToken ct)
    {
        await TryAsync("looking at the stored schedules", () => schedules.LookAsync(ct), ct);
        await TryAsync("closing the runs of dead processes", () => CloseDeadAsync(ct), ct);
        // Though another process observes: an address or a token that was changed counts for all that is asked and taken here.
        await TryAsync("VirtFusion's address and token", () => observer.RefreshConnectionAsync(ct), ct);
        // Side by side: neither the other jobs nor the parts below wait for a long run.
        var waking = Task.WhenAll(runner.Jobs.Select(job => WakeAsync(job.Name)));
        await TryAsync("the interlock's reading", () => interlock.ReadAsync(ct), ct);
        await TryAsync("observing VirtFusion", () => ObserveAsync(ct), ct);
        await TryAsync("judging debits in doubt", () => inDoubt.ResolveAsync(ct), ct);
        await TryAsync("delivering debits", () => delivery.DeliverAsync("heartbeat", null, ct), ct);
        await TryAsync("looking at what waits", () => checks.LookEachMinuteAsync(ct), ct);
        await TryAsync("delivering the outbox", () => outbox.DeliverAsync(ct), ct);
        await waking.WaitAsync(Patience, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // A run that outlasts its beat goes on; until it has ended its job isn't woken again.
    private Task WakeAsync(string job) =>
        _waking.TryGetValue(job, out var before) && !before.IsCompleted ? Task.CompletedTask
        : _waking[job] = TryAsync($"waking {job}", () => runner.WakeApartAsync(job), lifetime.ApplicationStopping);

    private async Task CloseDeadAsync(CancellationToken ct)
    {
        if (await retries.CloseDeadAsync(ct) is > 0 and var closed)
            logger.LogWarning("Runs whose process died, closed as abandoned: {Count}", closed);
    }

    private async Task ObserveAsync(CancellationToken ct)
    {
        if ((await database.QueryAsync(IsFreshSql, row => row.GetBoolean(0), ct, ("observe_every", metering.Value.ObserveEvery)))[0])
            return;
        var settings = await runner.Find(BillingSettings.Job)!.ReadSettings(ct);
        var reading = await observer.ReadAsync(null, ct);
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        var notes = await observer.RecordAsync(connection, reading, settings.HoursPerMonth, ct);
        await transaction.CommitAsync(ct);
        foreach (var note in notes)
            logger.LogWarning("{Note}", note);
        foreach (var problem in reading.Problems.Take(20))
            logger.LogWarning("Observing VirtFusion: {Problem}", problem.ServerId is { } id ? $"server {id} {problem.Message}" : problem.Message);
    }

    private async Task TryAsync(string what, Func<Task> part, CancellationToken ct)
    {
        try
        {
            await part();
        }
        catch (Exception e) when (!ct.IsCancellationRequested) // The other parts must not wait for this one to be mended.
        {
            logger.LogError(e, "Heartbeat: {What} failed", what);
        }
    }
}
