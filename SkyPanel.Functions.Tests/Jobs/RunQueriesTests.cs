using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Tests.Jobs;

public sealed class RunQueriesTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly DateTimeOffset May = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Pages_have_each_run_once_newest_first_also_those_of_one_instant_and_when_the_last_of_a_page_is_removed_meanwhile()
    {
        await database.ExecuteAsync("""
            insert into cron_service.runs (job, trigger, requested_by, started_at, finished_at, status)
            select case n % 3 when 0 then 'monitoring' else 'hourly-billing' end, 'manual', 'test',
                @may::timestamptz + n / 5 * interval '1 minute', now(),
                   case n % 2 when 0 then 'failed' else 'succeeded' end
            from generate_series(0, 99) as n
            """, ("may", May.UtcDateTime));
        var runs = new RunQueries(database.Source);

        var all = await PagesAsync(null, null, null, null);
        Assert.Equal(100, all.Count);
        Assert.Equal(all.OrderByDescending(run => run.StartedAt).ThenByDescending(run => run.RunId), all);
        foreach (var (job, status, from, to) in new (string?, RunStatus?, DateTimeOffset?, DateTimeOffset?)[]
                 { ("monitoring", null, null, null), (null, RunStatus.Failed, null, null), ("monitoring", RunStatus.Failed, null, null),
                     ("monitoring", RunStatus.Failed, May.AddMinutes(3), May.AddMinutes(17)), (null, null, May.AddMinutes(3), null) })
        {
            Assert.Equal(all.Where(run => (job is null || run.Job == job) && (status is null || run.Status == status)
                && (from is null || run.StartedAt >= from) && (to is null || run.StartedAt < to)), await PagesAsync(job, status, from, to));
        }

        var page = await PageAsync(null, null, null, null, null, 10);
        await database.ExecuteAsync("delete from cron_service.runs where id = @id", ("id", page[^1].RunId));
        Assert.Equal(all.Skip(10).Take(10), await PageAsync(null, null, null, null, page[^1].RunId, 10));

        // Lists are equal by reference only. None of these runs waited.
        async Task<Run[]> PageAsync(string? job, RunStatus? status, DateTimeOffset? from, DateTimeOffset? to, long? before, int limit)
        {
            var page = await runs.ListAsync(job, status, from, to, before, limit, TestContext.Current.CancellationToken);
            Assert.All(page, run => Assert.Empty(run.WaitedFor));
            return [.. page.Select(run => run with { WaitedFor = [] })];
        }

        async Task<List<Run>> PagesAsync(string? job, RunStatus? status, DateTimeOffset? from, DateTimeOffset? to)
        {
            var (seen, next) = (new List<Run>(), Array.Empty<Run>());
            do
            {
                next = await PageAsync(job, status, from, to, seen.LastOrDefault()?.RunId, 7);
                seen.AddRange(next);
            }
            while (next.Length > 0);
            return seen;
        }
    }

    [Fact]
    public async Task No_more_server_hours_of_a_run_are_read_than_are_added_up_by_server()
    {
        await database.ExecuteAsync("""
            insert into cron_service.accounts (kind, user_id) values ('customer', 7);
            insert into cron_service.charges (server_id, hour_start, run_id, account_id, terms_id, seconds_billed, seconds_counted, amount)
            select n / 100, timestamptz '2026-05-01Z' + n % 100 * interval '1 hour', 700,
                (select id from cron_service.accounts where user_id = 7), 1, 3600, 3600, 0.01
            from generate_series(0, @most - 1) as n
            """, ("most", RunServers.MaxHours));
        var runServers = new RunServers(database.Source);
        var servers = await runServers.ReadAsync(700, TestContext.Current.CancellationToken);
        Assert.Equal((RunServers.MaxHours / 100, RunServers.MaxHours * 0.01m),
            (servers.Count, servers.Sum(server => server.Amount)));

        await database.ExecuteAsync("""
            insert into cron_service.charges select 9999999, hour_start, run_id, account_id, terms_id, seconds_billed, seconds_counted,
                amount from cron_service.charges where server_id = 0 and hour_start = '2026-05-01Z'
            """);
        Assert.Empty(await runServers.ReadAsync(700, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("started_at < @from", "runs_newest")]
    [InlineData("job = 'backup' and started_at < @from", "runs_of_job")]
    [InlineData("status = 'failed' and started_at < @from", "runs_of_status")]
    [InlineData("job = 'backup' and status = 'failed'", "runs_of_job_and_status")]
    public async Task A_page_of_each_filter_is_one_stretch_of_one_index(string filter, string index)
    {
        // Without rows the planner would read the whole table.
        var plan = string.Join('\n', await PlanAsync($"""
            set local enable_seqscan = off; set local enable_bitmapscan = off;
            explain select id, job, status, message from cron_service.runs
            where {filter.Replace("@from", "'2026-05-01Z'", StringComparison.Ordinal)}
                and (started_at, id) < ((select started_at from cron_service.runs where id <= 7 order by id desc limit 1), 7)
            order by started_at desc, id desc limit 50
            """));
        Assert.Contains($"Index Scan Backward using {index} on runs", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Filter", plan, StringComparison.Ordinal);
    }

    private async Task<List<string>> PlanAsync(string sql)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var connection = await database.Source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(ct);
        var lines = new List<string>();
        while (await reader.ReadAsync(ct))
            lines.Add(reader.GetString(0));
        return lines;
    }
}
