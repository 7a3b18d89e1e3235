using SkyPanel.Functions.Tests.Billing;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.WhatIf;

public sealed class ForecastTests
{
    private static readonly DateTimeOffset March = At("2026-03-01 00:00"), April = At("2026-04-01 00:00");

    [Theory]
    [InlineData(1)]
    [InlineData(250)]
    [InlineData(743)]
    public async Task In_a_month_in_which_nothing_changes_the_expected_amounts_are_what_is_charged_in_the_end(int hours)
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 1, 20m, March);
        await panel.AddServerAsync(2, 2, 19.99m, March, basisHours: 744);
        await panel.AddServerAsync(3, 2, null, March.AddSeconds(1234), hourlyRate: 0.0123m);
        await panel.BillAsync(March.AddSeconds(1234));
        await panel.BillAsync(March.AddHours(hours));

        var charged = await panel.ChargedInAsync(March);
        var forecast = (await panel.ForecastAsync("2026-03"))!;
        await panel.BillAsync(April);

        Assert.Equal(charged.Sum(row => row.Amount), forecast.Low);
        Assert.Equal(await panel.ChargedInAsync(March),
            forecast.MostExpensive.OrderBy(row => row.ServerId).Select(row => (row.ServerId, row.UserId, row.Expected)));
        Assert.Equal(forecast.Expected, (await panel.ForecastAsync("2026-03"))!.Low);
    }

    [Fact]
    public async Task A_server_that_was_last_seen_suspended_is_expected_to_cost_no_more()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 1, 73m, March);
        await panel.BillAsync(March);
        await panel.ObserveAsync(March.AddHours(10));
        panel.VirtFusion.Suspend(1);
        await panel.BillAsync(March.AddHours(12));

        var forecast = (await panel.ForecastAsync("2026-03"))!;
        Assert.Equal((1m, 1m), (forecast.Low, forecast.Expected));
        Assert.Equal(0, (await panel.ForecastAsync("2026-04"))!.Expected);
    }
}
