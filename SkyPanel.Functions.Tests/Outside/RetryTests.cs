using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Scheduling;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class RetryTests
{
    private const string Logs = "/api/admin/cron/logs?job=hourly-billing";

    [Fact]
    public async Task A_billing_run_that_VirtFusion_refused_bills_at_a_further_attempt_within_the_hour()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(3));
        await panel.Database.InOneAsync(change => panel.Panel.Services.GetRequiredService<BillingSettings>()
            .WriteAsync(change.Connection!, new(true, true, Schedule.Parse(Schedule.Default), TestPanel.HoursPerMonth, null, TestPanel.Ann),
                ct));
        await panel.Database.ExecuteAsync("""
            update cron_service.jobs set enabled_at = enabled_at - interval '1 hour',
                schedule_changed_at = schedule_changed_at - interval '1 hour',
                taken_over_at = taken_over_at - interval '1 hour' where job = 'hourly-billing'
            """);
        panel.VirtFusion.Faults.Add("*", "", Fault.Answer(401));
        var app = await panel.StartAppAsync(("Jobs__RetryAfter", "00:00:02"), ("Jobs__MaxRetries", "10"),
            ("Cron__Heartbeat__Schedule", "* * * * * *"));
        await app.SaysAsync("Hourly billing is run again at");
        var status = (await app.GetAsync(OutsidePanel.Status)).Body["cronStatus"]!["hourlyBilling"]!;
        Assert.True(status["nextRetryAt"] is not null || status["isExecuting"]!.GetValue<bool>());

        panel.VirtFusion.Faults.Clear();
        await panel.UntilAsync("select exists (select from cron_service.runs where trigger = 'retry' and status = 'succeeded')");

        var runs = (await app.GetAsync(Logs)).Body["runs"]!.AsArray();
        Assert.Equal(("schedule", 1, "failed"), (runs[^1]!["trigger"]!.GetValue<string>(), runs[^1]!["attempt"]!.GetValue<int>(),
            runs[^1]!["status"]!.GetValue<string>()));
        Assert.Equal(("retry", runs.Count, "succeeded"), (runs[0]!["trigger"]!.GetValue<string>(), runs[0]!["attempt"]!.GetValue<int>(),
            runs[0]!["status"]!.GetValue<string>()));
        Assert.Equal(runs[1]!["runId"]!.GetValue<long>(), runs[0]!["retryOf"]!.GetValue<long>());
        Assert.NotNull(runs[^1]!["retryAt"]);
        Assert.Contains($"retry, attempt {runs.Count} of 11", app.Output, StringComparison.Ordinal);
        Assert.Equal(3, await panel.ScalarAsync<long>("select count(*) from cron_service.charges"));
        Assert.Null((await app.GetAsync(OutsidePanel.Status)).Body["cronStatus"]!["hourlyBilling"]!["nextRetryAt"]);
        await panel.BooksBalanceAsync();
    }
}
