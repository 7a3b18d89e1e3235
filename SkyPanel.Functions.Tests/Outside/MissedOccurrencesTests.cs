using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>No app ran over five occurrences. Time is the database's: what is stored is moved into the past.</summary>
public sealed class MissedOccurrencesTests
{
    private const string RunsSql = "select count(*) from cron_service.runs where job = 'hourly-billing'";
    private const string CaughtUpSql =
        "select exists (select from cron_service.runs where job = 'hourly-billing' and status not in ('running', 'skipped'))";

    [Theory]
    [InlineData("366.00:00:00", 5, 0)]
    [InlineData("02:00:00", 2, 3)]
    public async Task Five_missed_occurrences_are_one_run_that_bills_every_hour_but_those_too_old(string maxCatchUp, int billedHours,
        int heldHours)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(5));
        var settings = panel.Panel.Services.GetRequiredService<BillingSettings>();
        await panel.Database.InOneAsync(change => settings.WriteAsync(change.Connection!,
            new(true, true, Schedule.Parse(Schedule.Default), TestPanel.HoursPerMonth, null, TestPanel.Ann), ct));
        await panel.Database.ExecuteAsync("""
            update cron_service.jobs set enabled_at = enabled_at - interval '5 hours',
                schedule_changed_at = schedule_changed_at - interval '5 hours',
                taken_over_at = taken_over_at - interval '5 hours' where job = 'hourly-billing'
            """);

        await panel.StartAppAsync(("Billing__MaxCatchUp", maxCatchUp), ("Cron__Heartbeat__Schedule", "* * * * * *"));
        await panel.UntilAsync(CaughtUpSql);
        await panel.App.SaysAsync("Hourly billing completed");

        Assert.Equal(1, await panel.ScalarAsync<long>(RunsSql));
        Assert.Equal("catch-up", await panel.ScalarAsync<string>("select trigger from cron_service.runs where job = 'hourly-billing'"));
        Assert.Equal(4, await panel.ScalarAsync<int>("select missed_occurrences from cron_service.runs where job = 'hourly-billing'"));
        Assert.Equal(billedHours, await panel.ScalarAsync<long>("select count(*) from cron_service.charges"));
        Assert.Equal(heldHours, await panel.ScalarAsync<long>(
            "select coalesce(sum(hours), 0)::bigint from cron_service.holds where state = 'open'"));
        Assert.Equal(OutsidePanel.HoursAgo(0).UtcDateTime,
            await panel.ScalarAsync<DateTime>("select scheduled_for from cron_service.runs where job = 'hourly-billing'"));
    }
}
