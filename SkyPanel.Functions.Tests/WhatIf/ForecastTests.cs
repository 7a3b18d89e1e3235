using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.WhatIf;
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

    [Fact]
    public async Task Held_hours_are_left_out_of_the_forecast_and_stated_beside_it()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MaxCatchUp", "1.00:00:00"));
        await panel.AddServerAsync(1, 1, 73m, April);
        for (var hour = 0; hour <= 100; hour += 20)
            await panel.BillAsync(April.AddHours(hour));
        await panel.ObserveAsync(April.AddHours(150));
        var before = (await panel.ForecastAsync("2026-04"))!;
        await panel.BillAsync(April.AddHours(150));
        var after = (await panel.ForecastAsync("2026-04"))!;

        Assert.Equal((72m, 0, 0m), (before.Expected, before.HeldHours, before.HeldAmount));
        Assert.Equal((69.4m, 26, 2.6m), (after.Expected, after.HeldHours, after.HeldAmount));
        Assert.Equal(0, (await panel.ForecastAsync("2026-05"))!.HeldHours);
    }

    [Fact]
    public async Task A_month_that_is_over_shows_what_was_charged_and_a_coming_one_who_runs_dry()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 1, 20m, March);
        await panel.BillAsync(March);
        await panel.BillAsync(April);
        await panel.Database.ExecuteAsync("""
            insert into cron_service.standings (account_id, state, available, burn, runway_hours, runway, balance_tokens, balance_read_at)
            select id, 'ok', 0.5, 0.1, 5, 'known', 50, now() from cron_service.accounts where user_id = 1
            on conflict (account_id) do update set available = 0.5, burn = 0.1, runway_hours = 5, runway = 'known', balance_tokens = 50,
                looked_at = now()
            """);

        var march = (await panel.ForecastAsync("2026-03"))!;
        Assert.Equal((20m, 20m, 2000m), (march.Expected, march.Charged, march.ExpectedTokens));
        Assert.Equal((1, "User 1", 20m, 2000m), (march.Customers[0].UserId, march.Customers[0].Name, march.Customers[0].Charged,
            march.Customers[0].ExpectedTokens));
        Assert.Empty(march.RunsDry);
        var coming = (await panel.ForecastAsync(TimeProvider.System.GetUtcNow().UtcDateTime.AddMonths(1)
            .ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture)))!;
        Assert.Null(coming.Charged);
        var dry = Assert.Single(coming.RunsDry);
        Assert.Equal((1, 0.5m, 0.1m, 5m), (dry.UserId, dry.Available, dry.Burn, dry.RunwayHours));
        Assert.InRange(dry.RunsDryAt, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(4),
            TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(5));
    }

    [Fact]
    public async Task A_forecast_is_computed_once_for_all_who_wait_for_it_and_stored()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 1, 20m, March);
        await panel.BillAsync(March);
        await panel.BillAsync(March.AddHours(10));
        var forecasts = panel.Services.Get<StoredForecasts>();
        Assert.Null(await forecasts.FindAsync("2026-03", ct));

        Task<Forecast?> first, second, third;
        await using (var held = await HeldRows.HoldAsync(panel.Database, "lock table cron_service.hold_spans in access exclusive mode"))
        {
            first = forecasts.ComputeAsync("2026-03", ct);
            await panel.Database.BlockedAsync(1);
            Assert.Null(await panel.ForecastAsync("2026-03"));
            second = forecasts.ComputeAsync("2026-03", ct);
            third = forecasts.ComputeAsync("2026-03", ct);
            await held.LetGoAsync();
        }
        var forecast = (await first)!;
        Assert.Equal(20m, forecast.Expected);
        Assert.Equal([(1, 1, 20m, 20m, 20m)], forecast.Packages.Select(row =>
            (row.PackageId, row.Servers, row.LowestPrice, row.HighestPrice, row.Expected)));
        Assert.Empty(forecast.Limited(0).Customers);
        Assert.True((await second)!.ComputedAt > forecast.ComputedAt);
        Assert.Equal((await second)!.ComputedAt, (await third)!.ComputedAt);
        Assert.Equivalent(await second, await forecasts.FindAsync("2026-03", ct), strict: true);
        Assert.Null(await forecasts.FindAsync("2026-04", ct));
    }

    [Fact]
    public async Task The_current_month_is_forecast_after_each_billing_run()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await TestPanel.StartAsync();
        var forecasts = panel.Services.Get<StoredForecasts>();
        await forecasts.FollowRunsAsync(ct);
        var first = (await forecasts.FindAsync(null, ct))!;
        await forecasts.FollowRunsAsync(ct);
        Assert.Equal(first.ComputedAt, (await forecasts.FindAsync(null, ct))!.ComputedAt);

        await panel.Database.ExecuteAsync("""
            insert into cron_service.runs (job, trigger, requested_by, status, finished_at)
            values ('hourly-billing', 'manual', 'test', 'succeeded', now())
            """);
        await forecasts.FollowRunsAsync(ct);
        Assert.True((await forecasts.FindAsync(null, ct))!.ComputedAt > first.ComputedAt);
    }
}
