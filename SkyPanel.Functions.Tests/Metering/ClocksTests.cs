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
