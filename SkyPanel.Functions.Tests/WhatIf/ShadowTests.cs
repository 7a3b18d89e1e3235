using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Tests.Fuzzing;
using SkyPanel.Functions.Tests.Metering;
using SkyPanel.Functions.WhatIf;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.WhatIf;

/// <summary>What this app would have charged before the take-over, beside the panel's own engine.</summary>
public sealed class ShadowTests
{
    private static readonly DateTimeOffset March = At("2026-03-01 00:00");

    // Monthly price, what the panel takes in 730 hours, and by how many per cent that is wrong.
    private static readonly (decimal Price, decimal Taken, decimal Error)[] Prices =
    [
        (1m, 0m, -100.0m), (2m, 0m, -100.0m), (2.5m, 0m, -100.0m), (3m, 0m, -100.0m), (3.64m, 0m, -100.0m), (3.65m, 7.30m, 100.0m),
        (4.99m, 7.30m, 46.3m), (5m, 7.30m, 46.0m), (7.3m, 7.30m, 0.0m), (9.99m, 7.30m, -26.9m), (10m, 7.30m, -27.0m),
        (10.94m, 7.30m, -33.3m),
        (10.95m, 14.60m, 33.3m), (12m, 14.60m, 21.7m), (15m, 14.60m, -2.7m), (20m, 21.90m, 9.5m), (25m, 21.90m, -12.4m),
        (30m, 29.20m, -2.7m), (40m, 36.50m, -8.8m), (50m, 51.10m, 2.2m), (75m, 73.00m, -2.7m), (100m, 102.20m, 2.2m),
            (200m, 197.10m, -1.5m),
    ];

    [Fact]
    public async Task Beside_the_panels_rounding_each_price_differs_by_what_the_table_of_its_defects_says()
    {
        await using var panel = await TestPanel.StartAsync();
        for (var server = 1; server <= Prices.Length; server++)
            await PanelEngine.AddServerAsync(panel, server, server, Prices[server - 1].Price, March);
        await panel.ObserveAsync(March);
        await panel.ObserveAsync(March.AddHours(730));
        for (var server = 1; server <= Prices.Length; server++)
            await PanelEngine.BillAsync(panel, server, March, 730);

        var shadow = await panel.ShadowAsync(March, null);

        Assert.Equal((March.UtcDateTime, March.AddHours(730).UtcDateTime, Prices.Length), (shadow.From, shadow.To, shadow.Servers));
        Assert.Equal(
            Prices.Select((row, index) => (index + 1, row.Price, row.Taken, 730L * PanelEngine.TokensAnHour(row.Price), row.Error)),
            shadow.Customers.OrderBy(row => row.UserId).Select(row => (row.UserId, row.Exact, row.Taken, row.TakenTokens,
                decimal.Round(row.Difference / row.Exact * 100, 1, MidpointRounding.AwayFromZero))));
        Assert.Equal((Prices.Sum(row => row.Price), Prices.Sum(row => row.Taken)), (shadow.Exact, shadow.Taken));
        Assert.Equal((0, 0, 5 * 730), (shadow.OnlyObservedHours, shadow.OnlyPanelHours, shadow.ZeroTokenRows));
        Assert.Equal(Prices.Sum(row => 730 * decimal.Round(row.Price / 730, 4, MidpointRounding.ToEven)), shadow.PanelAmount);
        var day = shadow.Days.Single(row => row is { ServerId: 20, Day: "2026-03-02" });
        Assert.Equal((20, 1.643835m, 164.3835m, 1.68m, 168, 24), (day.UserId, day.Exact, day.ExactTokens, day.Taken, day.TakenTokens,
            day.PanelHours));
    }

    [Fact]
    public async Task Hours_that_only_one_of_both_saw_failed_rows_and_rows_of_another_payer_are_told_apart()
    {
        await using var panel = await TestPanel.StartAsync();
        foreach (var server in new[] { 1, 2, 3 })
            await PanelEngine.AddServerAsync(panel, server, 1, 73m, March);
        await panel.ObserveAsync(March);
        await panel.ObserveAsync(March.AddHours(10));
        panel.VirtFusion.Suspend(2);
        await panel.ObserveAsync(March.AddHours(10).AddSeconds(1));
        await panel.ObserveAsync(March.AddHours(20));
        // The first server's last two hours failed. The second one is billed although it is suspended, an hour of it twice.
        await PanelEngine.BillAsync(panel, 1, March, 18);
        await PanelEngine.BillAsync(panel, 1, March.AddHours(18), 2, "failed");
        await PanelEngine.BillAsync(panel, 2, March, 20);
        await PanelEngine.BillAsync(panel, 2, March.AddHours(5), 1);
        await PanelEngine.BillAsync(panel, 3, March, 20);
        await panel.AddUserAsync(2);
        await panel.Database.ExecuteAsync(
            "update public.virtfusion_hourly_transactions set user_id = 2 where server_id = 3 and billing_period_start >= '2026-03-01 " +
            "15:00'");

        var shadow = await panel.ShadowAsync(March, March.AddHours(20));

        // Between its last sight running and its first suspended nothing counts.
        Assert.Equal([(1, 1, 20m, 18m, 2m, 0m, 2L), (2, 1, 10m, 20m, 0m, 10m, 0L), (3, 1, 20m, 15m, 5m, 0m, 0L),
            (3, 2, 0m, 5m, 0m, 5m, 0L)],
            shadow.Days.OrderBy(row => (row.ServerId, row.UserId))
                .Select(row => (row.ServerId, row.UserId, row.ObservedHours, row.PanelHours,
                row.OnlyObservedHours, row.OnlyPanelHours, row.FailedRows)));
        Assert.Equal([(1, 5m, 5.4m), (2, 0m, 0.5m)], shadow.Customers.OrderBy(row => row.UserId)
            .Select(row => (row.UserId, row.Exact, row.Taken)));
        Assert.Equal(["User 1", "User 2"], shadow.Customers.OrderBy(row => row.UserId).Select(row => row.Name));
    }

    [Fact]
    public async Task After_the_take_over_the_hours_before_it_are_still_compared_and_ours_are_no_rows_of_the_panels()
    {
        await using var panel = await TestPanel.StartAsync();
        await PanelEngine.AddServerAsync(panel, 1, 1, 73m, March);
        await panel.ObserveAsync(March);
        await PanelEngine.BillAsync(panel, 1, March, 24);
        await panel.ObserveAsync(March.AddHours(23));
        var before = await panel.ShadowAsync(March, March.AddHours(23));
        await panel.EnableAsync();
        await panel.BillAsync(March.AddHours(40));

        var after = await panel.ShadowAsync(March, March.AddHours(23));
        Assert.Equal((2.3m, 2.3m), (before.Exact, before.Taken));
        Assert.Equal((before.Exact, before.Taken, 1L),
            (after.Exact, after.Taken,
            await panel.CountAsync("public.virtfusion_hourly_transactions where billing_period_start >= '2026-03-02'")));
    }

    [Fact]
    public async Task Observing_before_the_take_over_and_asking_for_the_shadow_writes_nothing_to_the_panels_tables()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await TestPanel.StartAsync();
        var since = TimeProvider.System.GetUtcNow().AddHours(-3);
        await PanelEngine.AddServerAsync(panel, 1, 1, 73m, since);
        await PanelEngine.BillAsync(panel, 1, since, 3);
        await panel.ObserveAsync(since);
        var before = await PanelTablesAsync();

        await panel.Services.GetRequiredService<Heartbeat>().BeatAsync(ct);
        Assert.NotNull((await panel.ShadowAsync(null, null)).From);

        Assert.Equal(before, await PanelTablesAsync());
        Assert.Equal(2, await panel.CountAsync("cron_service.observations"));
        Assert.Equal(["GET"], panel.VirtFusion.Requests.Received.Select(request => request.Method).Distinct());

        async Task<Dictionary<string, string>> PanelTablesAsync() =>
            (await new TableDigests(panel.Database.Source).TakeAsync(ct))
                .Where(table => table.Key.StartsWith("public.", StringComparison.Ordinal)).ToDictionary();
    }

    [Fact]
    public async Task Without_an_observed_hour_there_is_nothing_to_compare_and_a_range_outside_of_what_was_observed_is_refused()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 1, 73m, March);
        Assert.Null((await panel.ShadowAsync(null, null)).From);
        await panel.ObserveAsync(March.AddMinutes(20));
        await panel.ObserveAsync(March.AddMinutes(50));
        var none = await panel.ShadowAsync(null, null);
        Assert.Equal((null, 0m, 0), (none.From, none.Exact, none.Days.Count));
        await panel.ObserveAsync(March.AddHours(30));

        Assert.Equal((March.AddHours(1).UtcDateTime, March.AddHours(30).UtcDateTime), await panel.ShadowAsync(null, null) is { } all
            ? (all.From, all.To) : default);
        foreach (var (from, to, field) in new (DateTimeOffset?, DateTimeOffset?, string)[]
        {
            (March.AddMinutes(1), null, "from"), (null, March.AddMinutes(90), "to"), (March.AddHours(40), null, "from"),
            (null, March, "to"), (March.AddHours(9), March.AddHours(5), "to"),
        })
            Assert.Equal(field, (await Assert.ThrowsAsync<BadInputException>(() => panel.ShadowAsync(from, to))).Field);
    }
}
