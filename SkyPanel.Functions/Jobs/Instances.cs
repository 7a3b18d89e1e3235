using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace SkyPanel.Functions.Jobs;

/// <summary>Records the live processes on this database. Each one reports regularly, also during a long run.</summary>
public sealed class Instances(NpgsqlDataSource database, TimeProvider time, ILogger<Instances> logger) : BackgroundService
{
    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(20);
    private static readonly string Version =
        typeof(Instances).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private const string BeatSql = """
        with stale as (
            delete from cron_service.instances where last_beat_at not between now() - interval '5 minutes' and now() + interval '5 minutes'
                and id <> @id
        )
        insert into cron_service.instances (id, host, process_id, version) values (@id, @host, @process_id, @version)
        on conflict (id) do update set last_beat_at = now()
        """;

    // After five missed reports a process counts as dead.
    private const string ListSql = """
        select id, host, process_id, version, started_at, last_beat_at from cron_service.instances
        where last_beat_at between now() - interval '100 seconds' and now() + interval '100 seconds' order by started_at, id
        """;

    private const string LeaveSql = "delete from cron_service.instances where id = @id";

    private readonly string _id = Guid.NewGuid().ToString("N");

    public Task<List<Instance>> ListAsync(CancellationToken ct) => database.QueryAsync<Instance>(ListSql, ct);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryAsync(() => database.ExecuteAsync(LeaveSql, cancellationToken, ("id", _id)));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(BeatEvery, time);
        do
        {
            await TryAsync(() => database.ExecuteAsync(BeatSql, stoppingToken,
                ("id", _id), ("host", Environment.MachineName), ("process_id", Environment.ProcessId), ("version", Version)));
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // Nothing depends on one report: the next one retries.
    private async Task TryAsync(Func<Task> beat)
    {
        try
        {
            await beat();
        }
        catch (NpgsqlException e)
        {
            logger.LogWarning("This instance could not record that it is alive: {Reason}", e.Message);
        }
    }
}

/// <summary>A live process.</summary>
public sealed record Instance(string Id, string Host, int ProcessId, string Version, DateTime StartedAt, DateTime LastBeatAt);
