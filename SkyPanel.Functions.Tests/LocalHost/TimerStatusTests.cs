using Npgsql;

namespace SkyPanel.Functions.Tests.LocalHost;

public sealed class TimerStatusTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly Ticks ticks = new();

    [Fact]
    public async Task However_many_were_missed_one_invocation_is_past_due()
    {
        await FireOnceAsync("0 * * * *", Noon);
        var clock = new WaitedClock(Noon + 50 * Hour);
        await using var host = await StartAsync("0 * * * *", clock);

        var late = await ticks.NextAsync();
        Assert.Equal((true, At(1), At(2)), (late.IsPastDue, late.ScheduleStatus!.Last, late.ScheduleStatus.Next));

        await clock.MoveAsync(Hour);
        var next = await ticks.NextAsync();
        Assert.Equal((false, At(50), At(51)), (next.IsPastDue, next.ScheduleStatus!.Last, next.ScheduleStatus.Next));
    }

    [Fact]
    public async Task An_occurrence_is_missed_even_if_the_timer_never_fired()
    {
        await using (await WaitingAsync("0 * * * *", new(Noon)))
        {
        }

        await using var host = await StartAsync("0 * * * *", new(Noon + 2 * Hour));

        Assert.True((await ticks.NextAsync()).IsPastDue);
    }

    [Fact]
    public async Task Nothing_is_past_due_before_its_time()
    {
        await FireOnceAsync("0 * * * *", Noon);
        await using var host = await WaitingAsync("0 * * * *", new(Noon + Hour + TimeSpan.FromMinutes(59)));

        Assert.True(ticks.IsQuiet);
    }

    [Fact]
    public async Task A_status_of_a_clock_that_was_ahead_is_dropped()
    {
        await FireOnceAsync("0 * * * *", Noon + 50 * Hour);
        var clock = new WaitedClock(Noon);
        await using var host = await StartAsync("0 * * * *", clock);

        await clock.MoveAsync(Hour);

        Assert.False((await ticks.NextAsync()).IsPastDue);
    }

    [Fact]
    public async Task A_changed_schedule_drops_what_was_missed()
    {
        await FireOnceAsync("0 * * * *", Noon);
        var clock = new WaitedClock(Noon + 50 * Hour);
        await using var host = await StartAsync("30 * * * *", clock);

        await clock.MoveAsync(TimeSpan.FromMinutes(30));

        var tick = await ticks.NextAsync();
        Assert.Equal((false, default(DateTime)), (tick.IsPastDue, tick.ScheduleStatus!.Last));
    }

    [Fact]
    public async Task A_changed_time_zone_drops_what_was_missed()
    {
        await FireOnceAsync("0 6 * * *", Noon);
        var clock = new WaitedClock(Noon + 50 * Hour);
        clock.SetLocalTimeZone(TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata"));
        await using var host = await WaitingAsync("0 6 * * *", clock);

        Assert.True(ticks.IsQuiet);
    }

    [Fact]
    public async Task A_failed_invocation_is_past_due_after_a_restart()
    {
        var clock = new WaitedClock(Noon);
        ticks.Body = _ => throw new InvalidOperationException("on purpose");
        await using (await StartAsync("0 * * * *", clock))
        {
            await clock.MoveAsync(Hour);
            await ticks.NextAsync();
            await clock.WaitedForAsync();
        }

        ticks.Body = _ => Task.CompletedTask;
        await using var host = await StartAsync("0 * * * *", new(Noon + Hour + TimeSpan.FromSeconds(1)));

        Assert.True((await ticks.NextAsync()).IsPastDue);
    }

    [Fact]
    public async Task Hosts_that_start_at_once_on_a_new_database_all_start()
    {
        for (var round = 0; round < 5; round++)
        {
            await database.ExecuteAsync("drop schema if exists local_host cascade");
            var hosts = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => WaitingAsync("0 * * * *", new(Noon))));
            foreach (var host in hosts)
                await host.DisposeAsync();

            Assert.Empty(hosts.SelectMany(host => host.Log.Lines));
            Assert.Equal(1, await database.ScalarAsync<long>("select count(*) from local_host.timers"));
        }
    }

    [Fact]
    public async Task A_database_that_is_down_stops_no_timer()
    {
        var clock = new WaitedClock(Noon);
        var nowhere = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Database = "nowhere" }.ConnectionString;
        await using var host = await StartAsync("0 * * * *", clock, nowhere);

        await clock.MoveAsync(Hour);
        await ticks.NextAsync();
        await clock.WaitedForAsync();

        Assert.Equal(3, host.Log.Lines.Count);
        Assert.Contains("could not be read", host.Log.Lines.First(), StringComparison.Ordinal);
        Assert.Contains("was not saved", host.Log.Lines.Last(), StringComparison.Ordinal);
    }

    public async ValueTask InitializeAsync() => await database.ExecuteAsync("drop schema if exists local_host cascade");

    public ValueTask DisposeAsync() => default;

    private static DateTime At(int hours) => Noon.AddHours(hours).DateTime;

    private async Task FireOnceAsync(string schedule, DateTimeOffset from)
    {
        var clock = new WaitedClock(from);
        await using var host = await StartAsync(schedule, clock);
        await clock.MoveAsync(Hour);
        if (schedule == "0 * * * *")
            await ticks.NextAsync();
        await clock.WaitedForAsync();
    }

    private async Task<WorkerHost> WaitingAsync(string schedule, WaitedClock clock)
    {
        var host = await StartAsync(schedule, clock);
        await clock.WaitedForAsync();
        return host;
    }

    private Task<WorkerHost> StartAsync(string schedule, WaitedClock clock, string? connectionString = null) => WorkerHost.StartAsync(
        typeof(TickFunction), ticks, clock, "{}",
        (TickFunction.Setting, schedule), ("ConnectionStrings:SkyPanel", connectionString ?? database.ConnectionString));
}
