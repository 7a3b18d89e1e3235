using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Health;

/// <summary>Whether the process can work, read once a second at most, by one reader: anybody may ask, and no number of callers takes the
/// database's connections.</summary>
public sealed class Readiness : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private const string ReadySql = "select count(*)::integer from cron_service.migrations";

    private readonly Cached<ReadyReading> _cached;

    public Readiness(NpgsqlDataSource database, SecretStore secrets, LastHeartbeat heartbeat, TimeProvider time) =>
        _cached = new(Longest, ct => ReadAsync(database, secrets, heartbeat, ct), time);

    public Task<ReadyReading> ReadAsync(CancellationToken ct) => _cached.GetAsync(ct);

    public void Dispose() => _cached.Dispose();

    private static async Task<ReadyReading> ReadAsync(NpgsqlDataSource database, SecretStore secrets, LastHeartbeat heartbeat,
        CancellationToken ct)
    {
        try
        {
            var migrations = await database.ScalarAsync<int>(ReadySql, ct);
            if (!heartbeat.IsStarting && !(await heartbeat.AgeAsync(ct) < LastHeartbeat.MissingAfter))
                return new(null, $"No heartbeat came for {LastHeartbeat.MissingAfter.TotalMinutes:0} minutes: nothing wakes the jobs.");
            return new(new("ready", "ok", migrations, (await secrets.CheckAsync(ct)).Unreadable), null);
        }
        catch (NpgsqlException) // The details are for the log and the doctor: this route needs no key.
        {
            return new(null, null);
        }
    }
}

/// <param name="Answer">Null when the process can't work.</param>
/// <param name="Problem">Why; null where that is for the log and the doctor only, as for a database that can't be used.</param>
public sealed record ReadyReading(ReadyAnswer? Answer, string? Problem);
