using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Demo.Simulators;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Metering;

/// <summary>Gone is what VirtFusion itself says is gone; anything else is not knowing.</summary>
public sealed class GoneServersTests
{
    private static readonly DateTimeOffset Ten = At("2026-03-04 10:00");

    [Fact]
    public async Task A_server_that_is_absent_from_a_complete_list_and_from_a_look_up_is_gone_and_costs_nothing_more()
    {
        await using var panel = await StartAsync();
        panel.VirtFusion.Delete(1);

        await panel.BillAsync(At("2026-03-04 11:00"));
        await panel.BillAsync(At("2026-03-04 14:00"));

        Assert.Equal([1800], (await panel.HoursAsync(1)).Select(hour => hour.Seconds));
        Assert.Equal([3600, 3600, 3600, 3600], (await panel.HoursAsync(2)).Select(hour => hour.Seconds));
        Assert.Equal(1, panel.VirtFusion.Requests.Count("GET", "servers/1")); // Once gone, it isn't asked for again.
    }

    [Fact]
    public async Task A_gone_server_whose_row_the_panel_removed_is_recorded_no_more_once_its_last_hour_is_decided()
    {
        await using var panel = await StartAsync();
        panel.VirtFusion.Delete(1);
        await panel.Database.ExecuteAsync("delete from public.virtfusion_hourly_billing where virtfusion_server_id = 1");
        await panel.BillAsync(At("2026-03-04 11:00"));
        await panel.BillAsync(At("2026-03-04 12:00"));
        const string seenSql = "select seen_until from cron_service.uptime where server_id = 1 and is_current";
        var seen = await panel.Database.ScalarAsync<DateTime>(seenSql);

        await panel.BillAsync(At("2026-03-04 14:00"));

        Assert.Equal(seen, await panel.Database.ScalarAsync<DateTime>(seenSql));
        Assert.Equal([1800], (await panel.HoursAsync(1)).Select(hour => hour.Seconds));
        await panel.AddServerAsync(1, userId: 1, 7.30m, At("2026-03-04 14:00"));
        await panel.BillAsync(At("2026-03-04 14:30"));
        await panel.BillAsync(At("2026-03-04 16:00"));
        Assert.Equal(seen, await panel.Database.ScalarAsync<DateTime>(
            "select max(seen_until) from cron_service.uptime where server_id = 1 and not is_existing"));
        Assert.Equal([1800, 1800, 3600], (await panel.HoursAsync(1)).Select(hour => hour.Seconds));
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task A_404_without_its_message_is_nothing_new_and_is_told()
    {
        await using var panel = await StartAsync();
        panel.VirtFusion.Delete(1);
        panel.VirtFusion.Faults.Add("GET", "servers/1", Fault.Answer(404, "<html>Not found</html>"));

        var result = await panel.BillAsync(At("2026-03-04 11:00"));

        Assert.Equal(("api", (int?)1), Assert.Single(result.Problems) is var problem ? (problem.Kind, problem.ServerId) : default);
        Assert.Empty(await panel.HoursAsync(1));
        Assert.Single(await panel.HoursAsync(2));

        panel.VirtFusion.Faults.Clear();
        await panel.BillAsync(At("2026-03-04 12:00"));
        Assert.Equal([1800], (await panel.HoursAsync(1)).Select(hour => hour.Seconds));
    }

    [Fact]
    public async Task A_server_that_only_the_list_forgot_goes_on()
    {
        await using var panel = await StartAsync();
        panel.VirtFusion.Distort(1, item => item.ContainsKey("commissioned") ? Other(99) : item);

        await panel.BillAsync(At("2026-03-04 11:00"));

        Assert.Equal(3600, await panel.SecondsAsync(1));
    }

    [Fact]
    public async Task A_list_with_a_page_missing_makes_nobody_gone()
    {
        await using var panel = await StartAsync();
        for (var id = 3; id <= 260; id++)
            panel.VirtFusion.AddServer(id, 101, Ten);
        await panel.AddServerAsync(260, userId: 1, 10.00m, Ten); // On page two.
        await panel.ObserveAsync(At("2026-03-04 10:40"));
        panel.VirtFusion.Faults.Add("GET", "servers?type=simple&results=200&page=2", Fault.Answer(403));
        panel.VirtFusion.Delete(1);

        await panel.BillAsync(At("2026-03-04 11:00"));

        Assert.Equal(3600, await panel.SecondsAsync(2));
        Assert.Empty(await panel.HoursAsync(1));
        Assert.Empty(await panel.HoursAsync(260));
        Assert.Equal(0, panel.VirtFusion.Requests.Count("GET", "servers/"));

        panel.VirtFusion.Faults.Clear();
        await panel.BillAsync(At("2026-03-04 12:00"));
        Assert.Equal(7200, await panel.SecondsAsync(260));
        Assert.Equal(2400, await panel.SecondsAsync(1));
    }

    [Fact]
    public async Task An_enrolment_that_the_panel_removed_is_billed_up_to_the_last_reading_before_and_not_after()
    {
        await using var panel = await StartAsync();
        await panel.Database.ExecuteAsync("delete from public.virtfusion_hourly_billing where virtfusion_server_id = 1");

        await panel.BillAsync(At("2026-03-04 11:00"));
        await panel.BillAsync(At("2026-03-04 13:00"));

        Assert.Equal([1800], (await panel.HoursAsync(1)).Select(hour => hour.Seconds));
        Assert.Equal(3 * 3600, await panel.SecondsAsync(2));
    }

    [Fact]
    public async Task An_enrolment_that_comes_back_is_billed_from_the_first_reading_on()
    {
        await using var panel = await StartAsync();
        await panel.Database.ExecuteAsync(
            "create table kept as select * from public.virtfusion_hourly_billing where virtfusion_server_id = 1");
        await panel.Database.ExecuteAsync("delete from public.virtfusion_hourly_billing where virtfusion_server_id = 1");
        await panel.BillAsync(At("2026-03-04 11:00"));
        await panel.Database.ExecuteAsync("insert into public.virtfusion_hourly_billing select * from kept");
        await panel.ObserveAsync(At("2026-03-04 12:15"));

        await panel.BillAsync(At("2026-03-04 14:00"));

        Assert.Equal([1800, 2700, 3600], (await panel.HoursAsync(1)).Select(hour => hour.Seconds));
    }

    // Two servers that were seen running at 10:00 and 10:30.
    private static async Task<TestPanel> StartAsync()
    {
        var panel = await TestPanel.StartAsync();
        await panel.EnableAsync();
        await panel.AddServerAsync(1, userId: 1, 10.00m, billedFrom: Ten);
        await panel.AddServerAsync(2, userId: 1, 10.00m, billedFrom: Ten);
        await panel.ObserveAsync(Ten);
        await panel.ObserveAsync(At("2026-03-04 10:30"));
        return panel;
    }

    private static System.Text.Json.Nodes.JsonObject Other(int id) => new()
    {
        ["id"] = id, ["owner"] = 101, ["suspended"] = false, ["commissioned"] = 3, ["created"] = "2026-03-01T00:00:00+00:00",
    };
}
