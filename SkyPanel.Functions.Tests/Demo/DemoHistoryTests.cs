using Microsoft.Extensions.Options;
using SkyPanel.Demo;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Tests.Metering;
using SkyPanel.Functions.Tests.WhatIf;

namespace SkyPanel.Functions.Tests.Demo;

/// <summary>The demo's past is one that the app itself has billed, in which everything happened that an operator may meet.</summary>
public sealed class DemoHistoryTests
{
    [Fact]
    public async Task Three_days_are_billed_hour_by_hour_and_everything_happened_in_them()
    {
        await using var panel = await StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        var tookOverAt = await PlayAsync(panel, now, TimeSpan.FromDays(3));

        Assert.Equal(48, await panel.CountAsync("cron_service.runs where started_at = scheduled_for and status <> 'running'"));
        // A suspension of ten hours, a change of price, an outage, a lost answer, a hold.
        Assert.InRange(await panel.SecondsAsync(2002), 36 * 3600, 40 * 3600);
        Assert.Equal(2, await panel.CountAsync("cron_service.terms where server_id = 2004"));
        Assert.InRange(await panel.CountAsync("cron_service.runs where status = 'failed' and message like 'VirtFusion could not be read%'"),
            2, 4);
        Assert.Equal(48 * 3600, await panel.SecondsAsync(2001));
        Assert.Equal(1, await panel.CountAsync("cron_service.debits where state = 'settled' and credit_id is null"));
        Assert.Equal((1, 6L), ((await panel.HoldsAsync()).Count, (await panel.HoldsAsync())[0].Hours));
        Assert.Equal(24, await panel.CountAsync("public.virtfusion_hourly_transactions where server_id = 2001 and billing_period_end <= "
            + FormattableString.Invariant($"'{tookOverAt.UtcDateTime:O}'::timestamptz at time zone 'UTC'")));
        // The wallet of the one who runs dry lasts for some hours.
        Assert.InRange(panel.VirtFusion.Wallet(9), 100m, 200m);

        await panel.EnableAsync();
        await DemoClock.DateTakeOverBackAsync(panel.Database.Source, tookOverAt, TestContext.Current.CancellationToken);
        Assert.Equal(24 * 11, (await panel.ShadowAsync(null, null)).ObservedHours);
        Assert.Empty((await panel.DriftAsync())!.Movements);
        await AssertLawsAsync(panel);
    }

    [Fact]
    public async Task Forty_days_go_over_the_end_of_a_month_and_nothing_is_dated_later_than_its_hour()
    {
        await using var panel = await StartAsync();
        await PlayAsync(panel, TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(40));

        Assert.InRange(await panel.Database.ScalarAsync<long>("select count(distinct month) from cron_service.server_months"), 2, 3);
        Assert.Equal(1, await panel.CountAsync("cron_service.holds"));
        Assert.Equal(0, await panel.CountAsync("cron_service.transfers where created_at > effective_at and kind = 'charge'"));
        Assert.Equal(0, await panel.CountAsync(
            "cron_service.runs where started_at > now() - interval '1 second' or finished_at < started_at"));
        await AssertLawsAsync(panel);
    }

    [Theory]
    [InlineData("3 days")]
    [InlineData("-1.00:00:00")]
    [InlineData("400.00:00:00")]
    public void A_length_that_is_no_time_span_is_refused_by_name(string setting) =>
        Assert.StartsWith($"Demo:History '{setting}' must be",
            Startup.Refusal(Assert.Throws<OptionsValidationException>(() => DemoHistory.ParseLength(setting))), StringComparison.Ordinal);

    private static Task<TestPanel> StartAsync() => TestPanel.StartAsync(("Billing:MaxCatchUp", "1.00:00:00"),
        ("Wallet:InDoubtWait", "00:05:00"));

    private static Task<DateTimeOffset> PlayAsync(TestPanel panel, DateTimeOffset now, TimeSpan length)
    {
        var past = panel.Services.Get<PastBilling>();
        return new DemoHistory(panel.VirtFusion, panel.Database.Source, past.ObserveAsync, past.BillAsync)
            .PlayAsync(now, length, TestContext.Current.CancellationToken);
    }

    private static async Task AssertLawsAsync(TestPanel panel)
    {
        Assert.DoesNotContain((await panel.Services.Get<Integrity>().CheckAsync(TestContext.Current.CancellationToken)).Checks,
            check => !check.Ok);
        Assert.Equal(0, await panel.CountAsync("cron_service.debits where state not in ('settled', 'pending')"));
    }
}
