using System.Collections.Concurrent;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Metering;

/// <summary>Reads VirtFusion's servers and records what they say: the only place where time becomes billable.</summary>
/// <remarks>A reading takes time. What a request shows was so at some moment between its beginning and its end: a state that is seen first
/// counts from the end of the request, one that is seen again until its beginning. Each page of the list and each look-up is a request of
/// its own, and so is the reading of the panel's rows.</remarks>
public sealed class Observer(
    NpgsqlDataSource database, VirtFusionClient virtFusion, PanelConnection connection, Enrolments enrolments, DatabaseClock clock,
        TimeProvider time)
{
    // More look-ups than this mean that the list is wrong, not that so many servers went.
    private const int MostLookUps = 500;
    private const int LookUpsAtOnce = 8;


    // A server that is known to be gone stays gone: VirtFusion doesn't use an id twice.
    private const string ExpectedSql = """
        select virtfusion_server_id, coalesce(not u.is_existing, false)
        from (select virtfusion_server_id from public.virtfusion_hourly_billing where virtfusion_server_id is not null
              union select server_id from cron_service.enrolments) as b
        left join cron_service.uptime u on u.server_id = virtfusion_server_id and u.is_current
        """;

    // One recorder at a time: two that touch the same rows in different order would deadlock.
    private const string LockSql =
        "set local work_mem = '128MB'; set local enable_nestloop = off; set local jit = off; " +
        $"select pg_advisory_xact_lock({AdvisoryLocks.Recording})";

    private const string LogSql = """
        insert into cron_service.observations (observed_at, servers_listed, is_complete, message)
        values (@observed_at, @servers, @is_complete, @message::text)
        """;

    /// <summary>Reads, and writes nothing. VirtFusion being down is a reading that shows nothing, not an exception.</summary>
    /// <param name="asOf">The instant that the reading is said to be of; null, in production, for what the database's clock says.</param>
    public async Task<Reading> ReadAsync(DateTimeOffset? asOf, CancellationToken ct)
    {
        var dates = new RequestDates(asOf, await clock.ReadAsync(ct));
        var beganAt = time.GetTimestamp();
        var observedAt = dates.Began(beganAt);
        var expected = await database.QueryAsync(ExpectedSql, row => (Id: row.GetInt32(0), IsKnownGone: row.GetBoolean(1)), ct);
        ServerList list;
        try
        {
            await connection.RefreshAsync(ct);
            list = await virtFusion.ListServersAsync(ct);
        }
        catch (VirtFusionException e)
        {
            return new(observedAt, [], false, [MeteringProblem.OfApi(e.Message)], asOf);
        }

        var problems = new ConcurrentBag<MeteringProblem>(list.Errors.Select(line => MeteringProblem.OfApi(line)));
        var states = new ConcurrentBag<ServerState>(list.Servers.Zip(list.Requests, (server, request) => StateOf(server, request, dates)));
        if (list.IsComplete)
        {
            // It takes the whole list to show that a server is in none of its pages.
            var whole = new RequestTime(beganAt, time.GetTimestamp());
            var listed = list.Servers.Select(s => s.Id).ToHashSet();
            var absent = expected.Where(e => !listed.Contains(e.Id) && !list.UnreadServerIds.Contains(e.Id)).ToList();
            foreach (var gone in absent.Where(e => e.IsKnownGone))
                states.Add(ServerState.Gone(gone.Id, dates.Began(whole.BeganAt), dates.Ended(whole.EndedAt)));
            await LookUpAsync(absent.Where(e => !e.IsKnownGone).Select(e => e.Id).ToList(), dates, states, problems, ct);
        }
        return new(observedAt, [.. states], list.IsComplete, [.. problems], asOf);
    }

    /// <summary>Records a reading and the panel's enrolments, inside the caller's transaction.</summary>
    /// <returns>Lines about servers that were seen for the first time.</returns>
    public async Task<List<string>> RecordAsync(NpgsqlConnection connection, Reading reading, int hoursPerMonth, CancellationToken ct)
    {
        var recordedAt = await LockAsync(connection, reading.AsOf, ct);
        await enrolments.RefreshAsync(connection, recordedAt, hoursPerMonth, ct);
        var notes = await Uptime.ObserveAsync(connection, RequestDates.Ceiling(recordedAt), reading.States, ct);
        await Enrolments.JudgeAsync(connection, ct);
        await Terms.RecordAsync(connection, recordedAt, ct);
        await connection.ExecuteAsync(LogSql, ct, ("observed_at", reading.ObservedAt.UtcDateTime), ("servers", reading.States.Count),
            ("is_complete", reading.IsComplete), ("message", reading.Problems.Count == 0 ? null : reading.Problems[0].Message));
        return notes;
    }

    /// <summary>Keeps other recorders out until the caller's transaction ends.</summary>
    /// <returns>When the panel's rows are read: <paramref name="asOf"/>, else now, by the database's clock.</returns>
    public static async Task<DateTimeOffset> LockAsync(NpgsqlConnection connection, DateTimeOffset? asOf, CancellationToken ct)
    {
        await connection.ExecuteAsync(LockSql, ct);
        return asOf ?? await DatabaseClock.NowAsync(connection, ct);
    }

    private async Task LookUpAsync(
        List<int> serverIds, RequestDates dates, ConcurrentBag<ServerState> states, ConcurrentBag<MeteringProblem> problems,
            CancellationToken ct)
    {
        if (serverIds.Count > MostLookUps)
            problems.Add(MeteringProblem.OfApi(
                $"{serverIds.Count} enrolled servers are missing from VirtFusion's list: only {MostLookUps} were looked up, the others " +
                    $"stay as they were"));
        var options = new ParallelOptions { MaxDegreeOfParallelism = LookUpsAtOnce, CancellationToken = ct };
        await Parallel.ForEachAsync(serverIds.Take(MostLookUps), options, async (serverId, token) =>
        {
            var beganAt = time.GetTimestamp();
            var answer = await virtFusion.FindServerAsync(serverId, token);
            var request = new RequestTime(beganAt, time.GetTimestamp());
            switch (answer)
            {
                case ServerLookup.Found(var server): states.Add(StateOf(server, request, dates)); break;
                case ServerLookup.Gone:
                    states.Add(ServerState.Gone(serverId, dates.Began(request.BeganAt), dates.Ended(request.EndedAt)));
                    break;
                case ServerLookup.Unknown(var reason):
                    problems.Add(MeteringProblem.OfApi($"is missing from VirtFusion's list, and looking it up failed: {reason}", serverId));
                    break;
            }
        });
    }

    private static ServerState StateOf(VirtFusionServer server, RequestTime request, RequestDates dates) => new(
        server.Id, dates.Began(request.BeganAt), dates.Ended(request.EndedAt), true, server.IsSuspended, server.IsBuilt, server.OwnerId,
            server.CreatedAt);
}
