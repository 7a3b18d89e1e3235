using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Tests.Billing;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Metering;

/// <summary>What each second was, told by readings of all servers and by look-ups of one between them.</summary>
public sealed class LookUpTests
{
    private const int Server = 1;
    private static readonly DateTimeOffset Ten = At("2026-03-04 10:00");

    // r and s: a reading shows it running or suspended; R and S: a look-up does. One letter each five minutes from 10:00 to 11:00. Then the
    // seconds of the hour from 10:00.
    [Theory]
    [InlineData("r           r", 3600)]
    [InlineData("r   S     R r", 600)] // Runs from 10:50 on; until when it ran from 10:00 on, nothing says.
    [InlineData("r  RS     R r", 900 + 600)]
    [InlineData("r  RS S S R r", 900 + 600)]
    [InlineData("r   S       r", 0)] // Suspended and resumed between two readings that agree.
    [InlineData("rrrrSrrrrrrrr", 900 + 2100)]
    [InlineData("rrrrSSrrrrrrr", 900 + 1800)]
    [InlineData("rrrrRRrrrrrrr", 3600)]
    [InlineData("rrrrsRrrrrrrr", 900 + 2100)]
    [InlineData("s   R       r", 2400)]
    [InlineData("S   rrrrrrrrr", 3600)] // The first observation is a reading's: it is billed from billed-from on.
    public async Task A_look_up_decides_with_its_neighbours_as_a_reading_does(string seen, int seconds)
    {
        await using var panel = await StartAsync();
        for (var step = 0; step < seen.Length; step++)
        {
            if (seen[step] != ' ')
                await ShowAsync(panel, seen[step], Ten.AddMinutes(5 * step));
        }

        await AssertSecondsAsync(panel, seconds);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    public async Task A_reading_that_began_before_the_look_up_ended_adds_nothing_when_it_is_recorded_later(int minute)
    {
        await using var panel = await StartAsync();
        await ShowAsync(panel, 'r', Ten);
        await ShowAsync(panel, 'S', Ten.AddMinutes(10));
        await ShowAsync(panel, 'r', Ten.AddMinutes(minute));
        await ShowAsync(panel, 'R', Ten.AddMinutes(40));

        await AssertSecondsAsync(panel, 1200);
    }

    [Fact]
    public async Task A_look_up_that_is_older_than_what_is_known_adds_nothing()
    {
        await using var panel = await StartAsync();
        await ShowAsync(panel, 'r', Ten);
        await ShowAsync(panel, 'r', Ten.AddMinutes(30));
        await ShowAsync(panel, 'S', Ten.AddMinutes(15));
        await ShowAsync(panel, 'R', Ten.AddMinutes(20));

        await AssertSecondsAsync(panel, 3600);
    }

    // As an order does to a server that was just looked up, and the look-up after it.
    [Theory]
    [InlineData("RS", 900)]
    [InlineData("RSR", 900 + 2700)]
    [InlineData("RSRS", 900)]
    public async Task Look_ups_of_the_same_second_count_in_their_order(string seen, int seconds)
    {
        await using var panel = await StartAsync();
        await ShowAsync(panel, 'r', Ten);
        foreach (var state in seen)
            await ShowAsync(panel, state, Ten.AddMinutes(15));

        await AssertSecondsAsync(panel, seconds);
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task A_look_up_of_a_server_that_the_panel_has_switched_off_since_bills_no_time_until_it()
    {
        await using var panel = await StartAsync();
        await ShowAsync(panel, 'r', Ten);
        await panel.SetAsync(Server, "billing_enabled = false");
        await ShowAsync(panel, 'R', Ten.AddMinutes(30));

        await AssertSecondsAsync(panel, 0);
    }

    [Fact]
    public async Task A_look_up_is_no_reading_and_changes_no_other_server()
    {
        await using var panel = await StartAsync();
        await panel.AddServerAsync(2, userId: 1, 10.00m, billedFrom: Ten);
        await panel.ObserveAsync(Ten);
        await ShowAsync(panel, 'S', Ten.AddMinutes(30));

        Assert.Equal(1, await panel.CountAsync("cron_service.observations"));
        Assert.Equal(1, await panel.CountAsync(
            "cron_service.uptime where server_id = 2 and is_current and is_billable and seen_until = '2026-03-04 10:00Z'"));
    }

    private static async Task<TestPanel> StartAsync()
    {
        var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(Server, userId: 1, 10.00m, billedFrom: Ten);
        return panel;
    }

    private static async Task ShowAsync(TestPanel panel, char seen, DateTimeOffset at)
    {
        var state = new ServerState(Server, at, at, isExisting: true, char.ToLowerInvariant(seen) == 's', isBuilt: true, null, null);
        if (char.IsLower(seen))
            await panel.RecordAsync(new Reading(at, [state], true, [], at));
        else
            await panel.Database.InOneAsync(async transaction =>
            {
                await Uptime.LookUpAsync(transaction.Connection!, state, TestContext.Current.CancellationToken);
                return true;
            });
    }

    // Billed at 11:00, when it is seen as it was last.
    private static async Task AssertSecondsAsync(TestPanel panel, int seconds)
    {
        if (await panel.CountAsync("cron_service.uptime where is_current and is_suspended") > 0)
            panel.VirtFusion.Suspend(Server);
        await panel.BillAsync(Ten.AddHours(1));
        Assert.Equal(seconds, await panel.SecondsAsync(Server));
    }
}
