using SkyPanel.Functions.Database;
using SkyPanel.Functions.Tests.Billing;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Metering;

/// <summary>The time before a server was first seen.</summary>
public sealed class TakeOverTests
{
    private static readonly DateTimeOffset Ten = At("2026-03-04 10:00");

    [Fact]
    public async Task A_server_first_seen_running_is_billed_since_billed_from_with_take_over_as_its_evidence()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 10.00m, billedFrom: Ten);
        await panel.ObserveAsync(At("2026-03-04 12:30"));

        var result = await panel.BillAsync(At("2026-03-04 14:00"));

        Assert.Equal((4L, 14400), (result.Hours, await panel.SecondsAsync(1)));
        var lines = await panel.Services.Get<SkyPanel.Functions.Billing.ChargeQueries>()
            .OfServerAsync(1, At("2026-03-01 00:00").UtcDateTime, TestContext.Current.CancellationToken);
        Assert.Equal(["take-over", "take-over", "observed, take-over", "observed"], lines.Select(line => line.Evidence));
    }

    [Fact]
    public async Task A_server_first_seen_not_running_is_not_billed_for_the_time_before_and_that_is_told_once()
    {
        await using var panel = await TestPanel.StartAsync();
        for (var server = 1; server <= 4; server++)
            await panel.AddServerAsync(server, userId: 1, 10.00m, billedFrom: Ten);
        panel.VirtFusion.Suspend(1);
        panel.VirtFusion.SetCommissionStatus(2, 0);
        panel.VirtFusion.Delete(3);
        await panel.SetAsync(4, "billing_enabled = false");

        var first = await panel.BillAsync(At("2026-03-04 12:00"));

        Assert.Equal(
            [
                "server 1 was suspended when first seen: its time since 2026-03-04 10:00:00 is not billed",
                "server 2 was not built when first seen: its time since 2026-03-04 10:00:00 is not billed",
                "server 3 was gone when first seen: its time since 2026-03-04 10:00:00 is not billed",
            ], first.Notes);
        panel.VirtFusion.Unsuspend(1);
        panel.VirtFusion.SetCommissionStatus(2, 3);
        await panel.SetAsync(4, "billing_enabled = true");
        await panel.ObserveAsync(At("2026-03-04 12:15"));
        var second = await panel.BillAsync(At("2026-03-04 13:00"));

        Assert.Empty(second.Notes);
        Assert.Equal((2700, 2700, 0, 2700),
            (await panel.SecondsAsync(1), await panel.SecondsAsync(2), await panel.SecondsAsync(3), await panel.SecondsAsync(4)));
    }

    [Fact]
    public async Task Nothing_before_the_servers_own_creation_in_VirtFusion_is_billed()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 10.00m, billedFrom: Ten);
        panel.VirtFusion.Distort(1, item =>
        {
            item["created"] = "2026-03-04T11:40:00+00:00";
            return item;
        });

        await panel.BillAsync(At("2026-03-04 13:00"));

        Assert.Equal([1200, 3600], (await panel.HoursAsync(1)).Select(hour => hour.Seconds));
    }

    [Fact]
    public async Task A_server_that_is_billed_from_a_later_time_is_not_billed_before_it()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 10.00m, billedFrom: At("2026-03-04 12:45"));
        await panel.ObserveAsync(Ten);

        for (var hour = 11; hour <= 14; hour++)
            await panel.BillAsync(At($"2026-03-04 {hour}:00"));

        Assert.Equal([900, 3600], (await panel.HoursAsync(1)).Select(hour => hour.Seconds));
    }

    [Fact]
    public async Task Time_that_was_seen_before_billed_from_takes_nothing_from_the_hour_either()
    {
        // Prepaid until 12:45; suspended for a moment before.
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 10.00m, billedFrom: At("2026-03-04 12:45"));
        await panel.ObserveAsync(At("2026-03-04 12:05"));
        await panel.ObserveAsync(At("2026-03-04 12:20"));
        panel.VirtFusion.Suspend(1);
        await panel.ObserveAsync(At("2026-03-04 12:25"));
        panel.VirtFusion.Unsuspend(1);
        await panel.ObserveAsync(At("2026-03-04 12:30"));

        await panel.BillAsync(At("2026-03-04 13:00"));

        Assert.Equal(900, await panel.SecondsAsync(1));
    }

    [Fact]
    public async Task A_server_is_first_seen_when_it_is_enrolled_not_when_VirtFusion_had_it()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddUserAsync(1);
        panel.VirtFusion.AddServer(1, 101, At("2026-03-01 00:00"));
        await panel.ObserveAsync(At("2026-03-04 09:00"));
        await panel.AddServerAsync(1, userId: 1, 10.00m, billedFrom: Ten);

        await panel.BillAsync(At("2026-03-04 12:00"));

        Assert.Equal(7200, await panel.SecondsAsync(1));
    }
}
