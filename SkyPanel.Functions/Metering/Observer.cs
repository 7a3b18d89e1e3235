using System.Collections.Concurrent;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Metering;

/// <summary>Reads VirtFusion's servers and records their states. Only these records make time billable.</summary>
/// <remarks>An answer was true at some time between the beginning and the end of its request: a new state counts from the end of the
/// request, an unchanged one until its beginning. Each page of the list, each lookup and the read of the panel's rows is a separate
/// request.</remarks>
public sealed class Observer(
    NpgsqlDataSource database, VirtFusionClient virtFusion, PanelConnection connection, Enrolments enrolments, DatabaseClock clock,
        TimeProvider time)
{
    // If more servers are missing, the list is probably wrong.
    private const int MaxLookups = 500;
    private const int ConcurrentLookups = 8;

    // A server that is gone stays gone, as VirtFusion doesn't reuse ids. Once the panel has removed its row too and its last hour is
    // decided, it is no longer expected: otherwise each reading would write all servers of all time.
    private const string ExpectedSql = """
        select b.server_id, coalesce(not u.is_existing, false) as is_known_gone
        from (select virtfusion_server_id as server_id from public.virtfusion_hourly_billing where virtfusion_server_id is not null
              union select server_id from cron_service.enrolments) as b
        left join cron_service.enrolments e using (server_id)
        left join cron_service.uptime u on u.server_id = b.server_id and u.is_current
        where u.is_existing is distinct from false or e.enrolment_id is not null or e.problem is not null or e.billed_until < u.started_at
        """;

    // One recorder at a time, as two could deadlock.
    private const string LockSql = $"select pg_advisory_xact_lock({AdvisoryLocks.Recording})";

    // Starting parallel workers takes longer than these statements take without them.
    private const string AllServersSql =
        "set local work_mem = '128MB'; set local enable_nestloop = off; set local max_parallel_workers_per_gather = 0";

    private const string LogSql = """
        insert into cron_service.observations (observed_at, servers_listed, is_complete, message)
        values (@observed_at, @servers, @is_complete, @message::text)
        """;

    /// <summary>Reads without recording. If VirtFusion is down, the reading is empty.</summary>
    /// <param name="asOf">The instant of the reading; null, in production, for the database's clock.</param>
    public async Task<Reading> ReadAsync(DateTimeOffset? asOf, CancellationToken ct)
    {
        var dates = new RequestDates(asOf, await clock.ReadAsync(ct));
        var beganAt = time.GetTimestamp();
        var observedAt = dates.Began(beganAt);
        var expected = await database.QueryAsync(ExpectedSql,
            row => (Id: row.Get<int>("server_id"), IsKnownGone: row.Get<bool>("is_known_gone")), ct);
        ServerList list;
        try
        {
            await connection.RefreshAsync(ct);
            list = await virtFusion.ListServersAsync(ct);
        }
        catch (Exception e) when (e is VirtFusionException or StartException) // A setting that can't be used is no outage of the billing.
        {
            return new(observedAt, [], false, [RunError.OfApi(e.Message)], asOf);
        }

        var problems = new ConcurrentBag<RunError>(list.Errors.Select(line => RunError.OfApi(line)));
        var states = list.Servers.Zip(list.Requests, (server, request) => StateOf(server, request, dates)).ToList();
        if (list.IsComplete)
        {
            // Only the whole list shows that a server is missing.
            var listing = new RequestTime(beganAt, time.GetTimestamp());
            var listed = list.Servers.Select(s => s.Id).ToHashSet();
            var absent = expected.Where(e => !listed.Contains(e.Id) && !list.UnreadServerIds.Contains(e.Id)).ToList();
            foreach (var gone in absent.Where(e => e.IsKnownGone))
                states.Add(ServerState.Gone(gone.Id, dates.Began(listing.BeganAt), dates.Ended(listing.EndedAt)));
            states.AddRange(await LookUpAsync(absent.Where(e => !e.IsKnownGone).Select(e => e.Id).ToList(), dates, problems, ct));
        }
        return new(observedAt, states, list.IsComplete, [.. problems], asOf);
    }

    /// <summary>Records a reading and the panel's enrolments, inside the caller's transaction.</summary>
    /// <returns>Notes about servers that were seen for the first time.</returns>
    public async Task<List<string>> RecordAsync(NpgsqlConnection connection, Reading reading, int hoursPerMonth, CancellationToken ct)
    {
        var recordedAt = await LockAsync(connection, reading.AsOf, ct);
        var notes = await RecordPanelAsync(connection, recordedAt, reading.States, hoursPerMonth, ct);
        await connection.ExecuteAsync(LogSql, ct, ("observed_at", reading.ObservedAt.UtcDateTime), ("servers", reading.States.Count),
            ("is_complete", reading.IsComplete), ("message", reading.Problems.Count == 0 ? null : reading.Problems[0].Message));
        return notes;
    }

    /// <summary>Records the panel's enrolments with what VirtFusion showed, after <see cref="LockAsync"/>. All of it, as each step expects
    /// the changes of the same time from the one before.</summary>
    /// <param name="states">Empty, if VirtFusion was not read.</param>
    /// <returns>Notes about servers that were seen for the first time.</returns>
    public async Task<List<string>> RecordPanelAsync(NpgsqlConnection connection, DateTimeOffset recordedAt,
        IReadOnlyList<ServerState> states, int hoursPerMonth, CancellationToken ct)
    {
        await enrolments.RefreshAsync(connection, recordedAt, hoursPerMonth, ct);
        var notes = await Uptime.ObserveAsync(connection, RequestDates.Ceiling(recordedAt), states, ct);
        await Uptime.SwitchOffAsync(connection, RequestDates.Ceiling(recordedAt), ct);
        await Enrolments.CheckOwnersAsync(connection, ct);
        await Terms.RecordAsync(connection, recordedAt, ct);
        return notes;
    }

    /// <summary>Reads one server between two readings and records its state, in a transaction of its own.</summary>
    /// <remarks>"Gone" is not recorded: only the whole list shows that a server is missing.</remarks>
    public async Task<ServerLookup> LookUpAsync(int serverId, CancellationToken ct)
    {
        var now = await clock.ReadAsync(ct);
        var beganAt = time.GetTimestamp();
        var answer = await virtFusion.FindServerAsync(serverId, ct);
        if (answer is ServerLookup.Found(var server) && now.Problem is null)
        {
            var state = StateOf(server, new(beganAt, time.GetTimestamp()), new(null, now));
            await using var connection = await database.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginAsync(ct);
            await connection.ExecuteAsync(LockSql, ct);
            await Uptime.LookUpAsync(connection, state, ct);
            await transaction.CommitAsync(ct);
        }
        return answer;
    }

    /// <summary>Records that a server counts as suspended from now on, in the transaction that precedes the order to suspend it.</summary>
    /// <remarks>If the order's answer, the process or the next look-up is lost, nothing until the next observation is billed.</remarks>
    public async Task RecordOrderAsync(NpgsqlConnection connection, VirtFusionServer server, CancellationToken ct)
    {
        await connection.ExecuteAsync(LockSql, ct);
        var now = await DatabaseClock.NowAsync(connection, ct);
        if ((now - time.GetUtcNow()).Duration() <= DatabaseClock.MaxDifference)
            await Uptime.LookUpAsync(connection, new(server.Id, now, RequestDates.Ceiling(now), true, true, server.IsBuilt, server.OwnerId,
                server.CreatedAt), ct);
    }

    /// <summary>Locks out other recorders until the caller's transaction ends.</summary>
    /// <returns>The time at which the panel's rows are read: <paramref name="asOf"/>, else the database's clock.</returns>
    public static async Task<DateTimeOffset> LockAsync(NpgsqlConnection connection, DateTimeOffset? asOf, CancellationToken ct)
    {
        await connection.ExecuteAsync($"{AllServersSql}; {LockSql}", ct);
        return asOf ?? await DatabaseClock.NowAsync(connection, ct);
    }

    private async Task<ConcurrentBag<ServerState>> LookUpAsync(
        List<int> serverIds, RequestDates dates, ConcurrentBag<RunError> problems, CancellationToken ct)
    {
        var states = new ConcurrentBag<ServerState>();
        if (serverIds.Count > MaxLookups)
            problems.Add(RunError.OfApi(
                $"{serverIds.Count} enrolled servers are missing from VirtFusion's list: only {MaxLookups} were looked up, the others " +
                    $"stay as they were"));
        var options = new ParallelOptions { MaxDegreeOfParallelism = ConcurrentLookups, CancellationToken = ct };
        await Parallel.ForEachAsync(serverIds.Take(MaxLookups), options, async (serverId, token) =>
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
                    problems.Add(RunError.OfApi($"is missing from VirtFusion's list, and looking it up failed: {reason}", serverId));
                    break;
            }
        });
        return states;
    }

    private static ServerState StateOf(VirtFusionServer server, RequestTime request, RequestDates dates) => new(
        server.Id, dates.Began(request.BeganAt), dates.Ended(request.EndedAt), true, server.IsSuspended, server.IsBuilt, server.OwnerId,
            server.CreatedAt);
}
