using Microsoft.Extensions.Hosting;

namespace SkyPanel.Functions.Http;

/// <summary>Counts refused requests by source, minute, caller and reason. The counts are written once a second, so that many refusals cause
/// few writes; a killed process loses its last second.</summary>
public sealed class Refusals(NpgsqlDataSource database, ILogger<Refusals> logger, TimeProvider time) : BackgroundService
{
    /// <summary>The limit of rows per minute and process; further sources are counted under <see cref="Others"/>.</summary>
    public const int MaxRowsPerMinute = 1000;

    public const string Others = "others";

    private const int MaxRequestLength = 200;
    private static readonly TimeSpan WriteInterval = TimeSpan.FromSeconds(1);

    private const string WriteSql = """
        insert into cron_service.refusals as r (minute, source, actor, reason, attempts, last_request)
        select * from unnest(@minutes, @sources, @actors, @reasons, @attempts, @requests) order by 1, 2, 3, 4
        on conflict (minute, source, actor, reason) do update set attempts = r.attempts + excluded.attempts,
            last_request = excluded.last_request
        """;

    private readonly Lock _gate = new();
    private readonly HashSet<(string Source, string Actor, string Reason)> _thisMinute = [];
    private Dictionary<(DateTime Minute, string Source, string Actor, string Reason), (long Attempts, string Request)> _counts = [];
    private DateTime _minute;

    /// <param name="actor">Empty without a valid key.</param>
    public void Count(HttpRequest request, string source, string actor, string reason)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var minute = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute));
        var text = $"{request.Method} " +
            $"{string.Concat(LoggedPath.Of(request).Take(MaxRequestLength).Select(c => c is >= ' ' and <= '~' ? c : '?'))}";
        lock (_gate)
        {
            if (minute != _minute)
            {
                _minute = minute;
                _thisMinute.Clear();
            }
            if (_thisMinute.Count >= MaxRowsPerMinute && !_thisMinute.Contains((source, actor, reason)))
                (source, actor) = (Others, "");
            else
                _thisMinute.Add((source, actor, reason));
            _counts[(minute, source, actor, reason)] = (_counts.GetValueOrDefault((minute, source, actor, reason)).Attempts + 1, text);
        }
    }

    /// <summary>Writes the counts since the last write.</summary>
    public async Task WriteAsync(CancellationToken ct)
    {
        Dictionary<(DateTime Minute, string Source, string Actor, string Reason), (long Attempts, string Request)> counts;
        lock (_gate)
            (counts, _counts) = (_counts, []);
        if (counts.Count == 0)
            return;
        var (keys, values) = (counts.Keys.ToArray(), counts.Values.ToArray());
        await database.ExecuteAsync(WriteSql, ct, ("minutes", keys.Select(k => k.Minute).ToArray()),
            ("sources", keys.Select(k => k.Source).ToArray()),
            ("actors", keys.Select(k => k.Actor).ToArray()), ("reasons", keys.Select(k => k.Reason).ToArray()),
            ("attempts", values.Select(v => v.Attempts).ToArray()), ("requests", values.Select(v => v.Request).ToArray()));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(WriteInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TryAsync(() => WriteAsync(CancellationToken.None));
        }
        catch (OperationCanceledException) // The app stops.
        {
        }
        await TryAsync(() => WriteAsync(CancellationToken.None));
    }

    private async Task TryAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (NpgsqlException e) // These counts are lost.
        {
            logger.LogWarning("Refused requests can't be written: {Reason}", e.Message);
        }
    }
}
