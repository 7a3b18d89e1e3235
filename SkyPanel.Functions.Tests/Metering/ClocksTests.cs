using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Tests.Dns;
using SkyPanel.Functions.Tests.Jobs;

namespace SkyPanel.Functions.Tests.Metering;

/// <summary>Two clocks that disagree: one of them is wrong, and nobody knows which.</summary>
public sealed class ClocksTests
{
    [Theory]
    [InlineData(6, "behind")]
    [InlineData(-6, "ahead of")]
    public async Task While_the_clocks_are_more_than_five_minutes_apart_nothing_new_is_charged_or_recorded_and_the_run_says_so(int minutes,
        string word)
    {
        await using var panel = await StartAsync(minutes);

        var outcome = await panel.RunAsync("hourly-billing");
        await panel.Services.Get<Heartbeat>().BeatAsync(TestContext.Current.CancellationToken);

        Assert.Equal(RunStatus.Failed, outcome.Status);
        Assert.Matches($"^the database's clock is 3[56][0-9] s {word} this machine's: nothing new is recorded or charged", outcome.Message);
        Assert.DoesNotContain('\n', outcome.Message!);
        Assert.Equal((0, 0, 0), (await panel.CountAsync("cron_service.charges"), await panel.CountAsync("cron_service.uptime"),
            await panel.CountAsync("cron_service.observations")));
        Assert.Equal(RunStatus.Failed, (await panel.RunAsync("dns-renewal")).Status);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(-4)]
    public async Task Clocks_that_are_four_minutes_apart_stop_nothing(int minutes)
    {
        await using var panel = await StartAsync(minutes);

        Assert.Equal((RunStatus.Succeeded, 2L), await panel.RunAsync("hourly-billing") is var outcome ? (outcome.Status, outcome.Hours)
            : default);
    }

    [Fact]
    public async Task After_the_databases_clock_was_put_back_servers_are_observed_at_once()
    {
        await using var panel = await StartAsync(minutes: 0);
        await panel.Database.ExecuteAsync(
            "insert into cron_service.observations (observed_at, servers_listed, is_complete) values (now() + interval '6 hours', 1, " +
            "true)");

        await panel.Services.Get<Heartbeat>().BeatAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, await panel.CountAsync("cron_service.observations where observed_at < now()"));
    }

    // Six hours ahead it saw once what ran; then it was put right.
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task What_a_clock_that_was_ahead_has_seen_bills_no_hour_that_has_not_been(bool ranThen, bool runsNow)
    {
        await RealClock.AwayFromAFullHourAsync();
        await using var panel = await TestPanel.StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
        var (from, until) = (now.AddMinutes(-now.Minute).AddSeconds(-now.Second).AddHours(-2), now.AddMinutes(-10));
        await panel.AddServerAsync(1, userId: 1, 7.30m, from);
        await panel.ObserveAsync(until);
        Set(panel, ranThen);
        await panel.ObserveAsync(now.AddHours(6));
        Set(panel, runsNow);

        await panel.Services.Get<Heartbeat>().BeatAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await panel.CountAsync("cron_service.uptime where seen_until > now() + interval '1 minute'"));
        await panel.BillAsync(from.AddHours(10));

        // Where it is known again from the beat on, that is some seconds after this began.
        var (seconds, late) = (ranThen, runsNow) switch
        {
            (true, true) => (10 * 3600, 0),
            (true, false) => ((int)(until - from).TotalSeconds, 0),
            _ => (10 * 3600 - 600, 120),
        };
        Assert.InRange(await panel.Database.ScalarAsync<long>("select sum(seconds_billed)::bigint from cron_service.charges"),
            seconds - late, seconds);
    }

    [Fact]
    public async Task A_price_that_a_clock_that_was_ahead_has_seen_counts_from_the_next_full_hour()
    {
        await RealClock.AwayFromAFullHourAsync();
        await using var panel = await TestPanel.StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        var nextHour = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerHour)).AddHours(1);
        await panel.AddServerAsync(1, userId: 1, 7.30m, nextHour.AddHours(-2));
        await panel.ObserveAsync(now.AddMinutes(-10));
        foreach (var (hours, price) in new[] { (0, 14.60m), (6, 73m), (8, 730m) })
        {
            await panel.SetAsync(1, FormattableString.Invariant($"monthly_price = {price}"));
            await panel.ObserveAsync(now.AddHours(hours).AddSeconds(-1));
        }
        Assert.Equal(4, await panel.CountAsync("cron_service.terms"));

        await panel.Services.Get<Heartbeat>().BeatAsync(TestContext.Current.CancellationToken);

        await panel.BillAsync(nextHour);
        await panel.ObserveAsync(nextHour.AddHours(2));
        await panel.BillAsync(nextHour.AddHours(2));
        Assert.Equal([0.01m, 0.01m, 1m, 1m], (await panel.HoursAsync(1)).Select(hour => hour.Amount));
    }

    [Fact]
    public async Task A_row_that_a_clock_that_was_ahead_has_seen_replaced_costs_the_former_owner_nothing_from_the_next_full_hour_on()
    {
        await RealClock.AwayFromAFullHourAsync();
        await using var panel = await TestPanel.StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        var nextHour = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerHour)).AddHours(1);
        await panel.AddServerAsync(1, userId: 1, 7.30m, nextHour.AddHours(-2));
        await panel.ObserveAsync(now.AddMinutes(-10));
        await panel.Database.ExecuteAsync("update cron_service.enrolments set taken_over_at = billed_from");
        await panel.AddUserAsync(2);
        await panel.Database.ExecuteAsync("update public.users set virtfusion_id = 900 where id = 1; "
            + "update public.users set virtfusion_id = 101 where id = 2");
        await panel.SetAsync(1, "id = id + 1, user_id = 2, monthly_price = -1");
        await panel.ObserveAsync(now.AddHours(6));

        await panel.Services.Get<Heartbeat>().BeatAsync(TestContext.Current.CancellationToken);

        await panel.SetAsync(1, "monthly_price = 7.30");
        await panel.ObserveAsync(nextHour.AddMinutes(10));
        await panel.BillAsync(nextHour.AddHours(3));
        Assert.Equal("1 1 2 2 2", await panel.Database.ScalarAsync<string>("""
            select string_agg(a.user_id::text, ' ' order by c.hour_start)
            from cron_service.charges c join cron_service.accounts a on a.id = c.account_id
            """));
    }

    private static void Set(TestPanel panel, bool runs)
    {
        if (runs)
            panel.VirtFusion.Unsuspend(1);
        else
            panel.VirtFusion.Suspend(1);
    }

    private static async Task<TestPanel> StartAsync(int minutes)
    {
        await RealClock.AwayFromAFullHourAsync();
        var panel = await TestPanel.StartAsync(services =>
            services.AddSingleton<TimeProvider>(new OffClock(TimeSpan.FromMinutes(minutes))));
        await panel.MakeTablesAsync();
        var now = TimeProvider.System.GetUtcNow();
        await panel.AddServerAsync(1, userId: 1, 7.30m, new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero)
            .AddHours(-2));
        return panel;
    }

    private sealed class OffClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
