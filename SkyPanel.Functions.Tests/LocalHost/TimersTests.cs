using Microsoft.Extensions.Options;

namespace SkyPanel.Functions.Tests.LocalHost;

public sealed class TimersTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly WaitedClock clock = new(Noon);
    private readonly Ticks ticks = new();

    [Fact]
    public async Task Fires_at_each_occurrence_with_the_status_before_it()
    {
        await using var host = await StartAsync("0 * * * *");

        await clock.MoveAsync(Hour);
        var first = await ticks.NextAsync();
        await clock.MoveAsync(Hour + TimeSpan.FromSeconds(5));
        var second = await ticks.NextAsync();

        Assert.Equal((default, Noon.AddHours(1).DateTime), (first.ScheduleStatus!.Last, first.ScheduleStatus.Next));
        Assert.Equal((Noon.AddHours(1).DateTime, Noon.AddHours(2).DateTime), (second.ScheduleStatus!.Last, second.ScheduleStatus.Next));
        Assert.Equal(DateTimeKind.Local, second.ScheduleStatus.Next.Kind);
    }

    [Fact]
    public async Task Waits_for_the_wall_clock_and_not_for_a_span()
    {
        await using var host = await StartAsync("0 0 1 1 *");

        for (var minute = 0; minute < 3; minute++)
            await clock.MoveAsync(TimeSpan.FromMinutes(1));
        await clock.WaitedForAsync();
        Assert.True(ticks.IsQuiet);
        clock.AdjustTime(Noon.AddYears(1));
        clock.Advance(TimeSpan.FromMinutes(1));

        await ticks.NextAsync();
    }

    [Fact]
    public async Task After_the_clock_was_set_back_the_next_occurrence_by_the_new_time_fires()
    {
        await using var host = await StartAsync("0 * * * *");

        await clock.WaitedForAsync();
        clock.AdjustTime(Noon - 10 * Hour);
        clock.Advance(TimeSpan.FromMinutes(1));
        await clock.MoveAsync(Hour);

        await ticks.NextAsync();
    }

    [Fact]
    public async Task The_schedule_is_read_in_the_local_time_zone()
    {
        clock.SetLocalTimeZone(TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata"));
        await using var host = await StartAsync("0 18 * * *");

        await clock.MoveAsync(TimeSpan.FromMinutes(30));

        Assert.Equal(new DateTime(2026, 3, 1, 18, 0, 0), (await ticks.NextAsync()).ScheduleStatus!.Next);
    }

    [Fact]
    public async Task Occurrences_that_pass_during_an_invocation_fire_once_after_it()
    {
        var gate = new Gate();
        ticks.Body = gate.PassAsync;
        await using var host = await StartAsync("0 * * * *");

        await clock.MoveAsync(Hour);
        await ticks.NextAsync();
        clock.Advance(3 * Hour);
        Assert.True(ticks.IsQuiet);
        gate.Open();
        var late = await ticks.NextAsync();
        await clock.WaitedForAsync();

        Assert.Equal(Noon.AddHours(2).DateTime, late.ScheduleStatus!.Next);
        Assert.True(ticks.IsQuiet);
    }

    [Fact]
    public async Task An_exception_is_logged_and_the_next_occurrence_fires()
    {
        ticks.Body = _ => throw new InvalidOperationException("on purpose");
        await using var host = await StartAsync("0 * * * *");

        await clock.MoveAsync(Hour);
        await ticks.NextAsync();
        await clock.MoveAsync(Hour);
        await ticks.NextAsync();
        await clock.WaitedForAsync();

        Assert.Equal(Enumerable.Repeat("Function 'Tick' failed. on purpose", 2), host.Log.Lines);
    }

    [Fact]
    public async Task Rebinding_takes_effect_at_once()
    {
        await using var host = await StartAsync("0 0 1 1 *");
        Assert.Equal("0 0 1 1 *", host.Timers.BoundTo(TickFunction.Setting));

        await clock.WaitedForAsync();
        host.Timers.RebindTo(TickFunction.Setting, "*/5 * * * *");
        await clock.MoveAsync(TimeSpan.FromMinutes(5));

        var tick = await ticks.NextAsync();
        Assert.Equal((default(DateTime), Noon.AddMinutes(5).DateTime), (tick.ScheduleStatus!.Last, tick.ScheduleStatus.Next));
        Assert.Equal("*/5 * * * *", host.Timers.BoundTo(TickFunction.Setting));
    }

    [Fact]
    public async Task Rebinding_during_an_invocation_takes_effect_after_it()
    {
        var gate = new Gate();
        ticks.Body = gate.PassAsync;
        await using var host = await StartAsync("0 * * * *");

        await clock.MoveAsync(Hour);
        await ticks.NextAsync();
        host.Timers.RebindTo(TickFunction.Setting, "30 * * * *");
        gate.Open();
        await clock.MoveAsync(TimeSpan.FromMinutes(30));

        Assert.Equal(Noon.AddMinutes(90).DateTime, (await ticks.NextAsync()).ScheduleStatus!.Next);
    }

    [Fact]
    public async Task Rebinding_refuses_what_is_no_schedule()
    {
        await using var host = await StartAsync("0 * * * *");

        Assert.Throws<FormatException>(() => host.Timers.RebindTo(TickFunction.Setting, "soon"));
        Assert.Equal("0 * * * *", host.Timers.BoundTo(TickFunction.Setting));
    }

    [Fact]
    public async Task A_shutdown_cancels_after_ten_seconds_of_grace()
    {
        var gate = new Gate();
        ticks.Body = gate.PassAsync;
        await using var host = await StartAsync("0 * * * *");
        await clock.MoveAsync(Hour);
        await gate.EnteredAsync();

        var stopped = host.StopAsync();
        clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromMilliseconds(1));
        Assert.False(gate.IsCancelled);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        await gate.CancelledAsync();
        await stopped;
        Assert.Equal("Function 'Tick' was cancelled. ", Assert.Single(host.Log.Lines));
    }

    [Fact]
    public async Task A_shutdown_waits_for_what_ends_within_the_grace_and_starts_nothing()
    {
        var gate = new Gate();
        ticks.Body = gate.PassAsync;
        await using var host = await StartAsync("0 * * * *");
        await clock.MoveAsync(Hour);
        await ticks.NextAsync();

        var stopped = host.StopAsync();
        Assert.False(stopped.IsCompleted);
        clock.AdjustTime(clock.GetUtcNow() + 2 * Hour);
        gate.Open();
        await stopped;

        Assert.True(ticks.IsQuiet);
        Assert.Empty(host.Log.Lines);
    }

    [Fact]
    public async Task The_token_is_cancelled_at_the_timeout_of_host_json()
    {
        var gate = new Gate();
        ticks.Body = gate.PassAsync;
        await using var host = await StartAsync("0 * * * *", """{ "functionTimeout": "00:30:00" }""");
        await clock.MoveAsync(Hour);
        await gate.EnteredAsync();

        clock.Advance(TimeSpan.FromMinutes(30) - TimeSpan.FromMilliseconds(1));
        Assert.False(gate.IsCancelled);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        await gate.CancelledAsync();
        Assert.Contains("runs longer than the timeout of 00:30:00", host.Log.Lines.First(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "Cron:Tick:Schedule is not set; the timer Tick needs it to be NCRONTAB with five fields")]
    [InlineData("", "Cron:Tick:Schedule is not set;")]
    [InlineData("61 * * * *", "Cron:Tick:Schedule of the timer Tick is '61 * * * *', which can't be read")]
    [InlineData("hourly", "which doesn't have five or six fields; allowed is NCRONTAB with five fields (minute first)")]
    public void A_missing_or_wrong_schedule_stops_the_start_with_one_line(string? schedule, string line)
    {
        var builder = WorkerHost.Builder(typeof(TickFunction), "{}", schedule is null ? [] : [(TickFunction.Setting, schedule)]);

        var refusal = Assert.Throws<OptionsValidationException>(builder.Build);

        Assert.Contains(line, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    private Task<WorkerHost> StartAsync(string schedule, string hostJson = "{}") =>
        WorkerHost.StartAsync(typeof(TickFunction), ticks, clock, hostJson, (TickFunction.Setting, schedule));
}
