using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Tests.Billing;

namespace SkyPanel.Functions.Tests.Metering;

/// <summary>A reading takes time: what is seen first counts from the end of the request that showed it, what is seen again until the
/// beginning of the last one that did.</summary>
public sealed class ReadingTimesTests
{
    private const int OnTheSecondPage = 1000;

    private const string SpellSql =
        "select started_at, seen_until, is_billable from cron_service.uptime where server_id = @id and is_current";

    [Fact]
    public async Task A_server_unsuspended_while_a_page_is_under_way_is_not_billed_from_before_that()
    {
        await using var panel = await StartAsync(server: 1);
        panel.VirtFusion.Suspend(1);
        await panel.RecordAsync(await ReadAsync(panel));
        var gate = new RequestGate();
        panel.VirtFusion.Faults.Add("GET", "servers?", Fault.Hold(gate));
        await LaterAsync(panel);
        var reading = ReadAsync(panel);
        await gate.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        await LaterAsync(panel);
        panel.VirtFusion.Unsuspend(1);
        var unsuspendedAt = await NowAsync(panel);
        gate.Open();

        await panel.RecordAsync(await reading);

        var (startedAt, seenUntil, isBillable) = await SpellAsync(panel, 1);
        Assert.True(isBillable);
        Assert.True(startedAt >= unsuspendedAt, $"Billable since {startedAt:HH:mm:ss.fff}, unsuspended at {unsuspendedAt:HH:mm:ss.fff}.");
        Assert.Equal(startedAt, seenUntil);
    }

    [Fact]
    public async Task A_server_that_is_seen_again_ran_until_its_own_page_was_asked_for_and_not_a_moment_longer()
    {
        await using var panel = await StartAsync(server: 1);
        for (var other = 2; other <= 200; other++)
            panel.VirtFusion.AddServer(other, 101, TimeProvider.System.GetUtcNow().AddDays(-1));
        await panel.AddServerAsync(OnTheSecondPage, userId: 1, 10.00m, TimeProvider.System.GetUtcNow().AddHours(-2));
        await panel.RecordAsync(await ReadAsync(panel));
        var (first, second) = (new RequestGate(), new RequestGate());
        panel.VirtFusion.Faults.Add("GET", "servers?type=simple&results=200&page=1", Fault.Hold(first));
        panel.VirtFusion.Faults.Add("GET", "servers?type=simple&results=200&page=2", Fault.Hold(second));
        await LaterAsync(panel);
        var reading = ReadAsync(panel);
        await first.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        var firstIsUnderWayAt = await NowAsync(panel);
        await LaterAsync(panel);
        var firstAnsweredAt = await NowAsync(panel);
        first.Open();
        await second.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        var secondIsUnderWayAt = await NowAsync(panel);
        await LaterAsync(panel);
        second.Open();

        await panel.RecordAsync(await reading);

        Assert.InRange((await SpellAsync(panel, 1)).SeenUntil, firstIsUnderWayAt.AddSeconds(-3), firstIsUnderWayAt);
        Assert.InRange((await SpellAsync(panel, OnTheSecondPage)).SeenUntil, firstAnsweredAt.AddSeconds(-1), secondIsUnderWayAt);
    }

    [Fact]
    public async Task Billing_that_is_switched_on_while_VirtFusion_is_read_counts_from_when_the_switch_was_read()
    {
        await using var panel = await StartAsync(server: 1);
        await panel.SetAsync(1, "billing_enabled = false");
        await panel.RecordAsync(await ReadAsync(panel));
        await LaterAsync(panel);
        var reading = await ReadAsync(panel);
        await LaterAsync(panel);
        await panel.SetAsync(1, "billing_enabled = true");
        var switchedOnAt = await NowAsync(panel);

        await panel.RecordAsync(reading);

        Assert.True((await SpellAsync(panel, 1)).StartedAt >= switchedOnAt);
    }

    [Fact]
    public async Task A_price_takes_effect_after_it_was_read_though_the_reading_of_VirtFusion_began_in_the_hour_before()
    {
        await using var panel = await StartAsync(server: 1);
        await panel.RecordAsync(await ReadAsync(panel));
        await panel.SetAsync(1, "monthly_price = 20");

        // VirtFusion answered an hour ago: the price was read now.
        await panel.RecordAsync((await ReadAsync(panel)) with { ObservedAt = TimeProvider.System.GetUtcNow().AddHours(-1) });

        Assert.True(await panel.Database.ScalarAsync<bool>("select max(effective_from) > now() from cron_service.terms"));
    }

    private static async Task<TestPanel> StartAsync(int server)
    {
        var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(server, userId: 1, 10.00m, TimeProvider.System.GetUtcNow().AddHours(-2));
        return panel;
    }

    private static Task<Reading> ReadAsync(TestPanel panel) => panel.Services.Get<Observer>()
        .ReadAsync(null, TestContext.Current.CancellationToken);

    private static async Task<(DateTime StartedAt, DateTime SeenUntil, bool IsBillable)> SpellAsync(TestPanel panel, int server) =>
        (await panel.Database.Source.QueryAsync(
        SpellSql, row => (row.GetDateTime(0), row.GetDateTime(1), row.GetBoolean(2)), TestContext.Current.CancellationToken,
            ("id", server))).Single();

    private static async Task<DateTime> NowAsync(TestPanel panel) => await panel.Database.ScalarAsync<DateTime>("select clock_timestamp()");

    // Beginnings and ends are rounded to whole seconds, away from each other: so far apart, moments can be told apart.
    private static async Task LaterAsync(TestPanel panel)
    {
        var since = await NowAsync(panel);
        while (await NowAsync(panel) < since.AddSeconds(2.1))
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
    }
}
