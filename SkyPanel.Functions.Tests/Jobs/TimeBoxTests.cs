using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Dns;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Maintenance;
using SkyPanel.Functions.Scheduling;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Tests.Dns;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Jobs;

/// <summary>A run whose time is over stops at a safe point, what it got done stands, and the next goes on from there.</summary>
public sealed class TimeBoxTests
{
    private const string Over = "its time box of 00:25:00 was over (Jobs:TimeBox)";
    private const string LatestSql = "select status || ': ' || message from cron_service.runs where job = @job order by id desc limit 1";

    private readonly HandTimer _timeBox = new(TimeSpan.FromMinutes(25));

    [Fact]
    public async Task A_billing_that_runs_out_of_time_while_it_takes_tokens_has_charged_every_hour_and_the_next_takes_the_rest()
    {
        await using var panel = await StartAsync(("VirtFusion:MaxConcurrency", "1"), ("Wallet:ClaimTime", "00:01:00"));
        var hour = await AddServersAsync(panel);
        var gate = new RequestGate();
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Hold(gate), times: 1);
        var run = await panel.StartAsync("hourly-billing");
        await gate.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        _timeBox.RunOut();
        gate.Open();
        var outcome = await run.Outcome;

        Assert.Equal((RunStatus.Cancelled, $"{Over}; stopped between debits: the rest is taken later"), (outcome.Status, outcome.Message));
        Assert.Equal($"cancelled: {outcome.Message}", await panel.Database.ScalarAsync<string>(LatestSql, ("job", "hourly-billing")));
        Assert.Equal(await panel.CountAsync("cron_service.charges"), outcome.Hours);
        Assert.InRange(outcome.Tokens, 100, 200); // What was being sent was finished, and no more begun.
        Assert.True(outcome.IsRetriable);

        var next = await panel.RunAsync("hourly-billing");
        Assert.Equal((RunStatus.Succeeded, await panel.CountAsync("cron_service.charges") * 10),
            (next.Status, outcome.Tokens + next.Tokens));
        await EachHourIsBilledOnceAsync(panel, hour);
    }

    [Fact]
    public async Task A_billing_that_runs_out_of_time_while_it_charges_has_charged_nothing_and_says_that_the_next_begins_anew()
    {
        await using var panel = await StartAsync();
        var hour = await AddServersAsync(panel);
        await using var revenue = await HeldRows.HoldAsync(panel.Database,
            "select from cron_service.accounts where kind = 'revenue' for update");
        var run = await panel.StartAsync("hourly-billing");
        await panel.Database.BlockedAsync(1);
        _timeBox.RunOut();
        var outcome = await run.Outcome;
        await revenue.LetGoAsync();

        Assert.Equal((RunStatus.Failed, $"{Over}, and nothing was done: the next run starts over"),
            (outcome.Status, outcome.Message));
        Assert.Equal((0, false), (await panel.CountAsync("cron_service.charges"), outcome.IsRetriable));

        Assert.InRange((await panel.RunAsync("hourly-billing")).Hours, 300, 330);
        await EachHourIsBilledOnceAsync(panel, hour);
    }

    // The panel's default is once a month: nobody waits for that until the other half is renewed.
    [Fact]
    public async Task Renewals_that_ran_out_of_time_go_on_within_minutes_though_the_next_occurrence_is_a_month_away()
    {
        await using var panel = await StartAsync();
        await panel.MakeTablesAsync();
        var yesterday = $"{TimeProvider.System.GetUtcNow().AddDays(-1):yyyy-MM-dd HH:mm:ss}";
        for (var id = 1; id <= 3; id++)
            await panel.SubscribeAsync(id, 10 + id, 10m, yesterday);
        await MakeDueAsync(panel);
        await using var second = await HeldRows.HoldAsync(panel.Database,
            "select from public.dns_plan_subscriptions where id = 2 for update");
        var waking = panel.Services.GetRequiredService<JobRunner>().WakeAsync("dns-renewal", TestContext.Current.CancellationToken);
        await panel.Database.BlockedAsync(1);
        _timeBox.RunOut();
        await waking;
        await second.LetGoAsync();

        Assert.StartsWith($"cancelled: {Over}; 1 periods renewed", await panel.Database.ScalarAsync<string>(LatestSql,
            ("job", "dns-renewal")), StringComparison.Ordinal);
        Assert.Equal(10m, await panel.Database.ScalarAsync<decimal>("select total_billed from cron_service.runs"));
        Assert.Equal(1, await panel.Database.ExecuteAsync(
            "update cron_service.runs set retry_at = now() where retry_at between now() and now() + interval '2 minutes'"));

        await panel.Services.GetRequiredService<JobRunner>().WakeAsync("dns-renewal", TestContext.Current.CancellationToken);
        Assert.Equal("schedule cancelled 10.000000, retry succeeded 20.000000", await panel.Database.ScalarAsync<string>(
            "select string_agg(trigger || ' ' || status || ' ' || total_billed, ', ' order by id) from cron_service.runs"));
        Assert.Equal((3, 99_000m, 99_000m, 99_000m), (await panel.CountAsync("cron_service.dns_renewals"), panel.VirtFusion.Wallet(11),
            panel.VirtFusion.Wallet(12), panel.VirtFusion.Wallet(13)));
        await panel.LawsHoldAsync();
    }

    [Theory]
    [InlineData(10_001, RunStatus.Cancelled,
        "removed 0 runs, 10000 error lines, 0 readings, 0 idempotency keys, 0 messages, 0 PayPal events, 0 refusals, 0 links; " +
        "0 tables analysed; stopped between two portions: the rest is removed and analysed later")]
    [InlineData(9_999, RunStatus.Failed, "nothing was done")]
    public async Task A_maintenance_that_runs_out_of_time_goes_on_when_it_removed_something_and_says_what(int oldLines, RunStatus status,
        string says)
    {
        await using var panel = await StartAsync();
        await panel.Database.ExecuteAsync("""
            insert into cron_service.runs (job, trigger, requested_by, finished_at, status)
                values ('backup', 'manual', 'a', now(), 'succeeded');
            insert into cron_service.run_errors (run_id, ordinal, kind, message, created_at) select id, n, 'api', 'old',
                now() - interval '3 years' from cron_service.runs, generate_series(1, @lines) as n order by n
            """, ("lines", oldLines));
        // The second portion waits for the last line.
        await using var last = await HeldRows.HoldAsync(panel.Database,
            "select from cron_service.run_errors where ordinal = (select max(ordinal) from cron_service.run_errors) for update");
        var run = await panel.StartAsync(MaintenanceJob.Name);
        await panel.Database.BlockedAsync(1);
        _timeBox.RunOut();
        var outcome = await run.Outcome;
        await last.LetGoAsync();

        Assert.Equal((status, status == RunStatus.Cancelled), (outcome.Status, outcome.IsRetriable));
        Assert.StartsWith(Over, outcome.Message, StringComparison.Ordinal);
        Assert.Contains(says, outcome.Message, StringComparison.Ordinal);
        Assert.Equal(oldLines > 10_000 ? 1 : oldLines, await panel.CountAsync("cron_service.run_errors"));

        Assert.Equal(RunStatus.Succeeded, (await panel.RunAsync(MaintenanceJob.Name)).Status);
        Assert.Equal(0, await panel.CountAsync("cron_service.run_errors"));
    }

    private async Task<TestPanel> StartAsync(params (string Name, string Value)[] settings) =>
        await TestPanel.StartAsync(services => services.AddSingleton<TimeProvider>(_timeBox), settings);

    // Thirty customers with a server each, at ten tokens an hour.
    private static async Task<DateTimeOffset> AddServersAsync(TestPanel panel)
    {
        await RealClock.AwayFromAFullHourAsync();
        var now = TimeProvider.System.GetUtcNow();
        var hour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        for (var server = 1; server <= 30; server++)
            await panel.AddServerAsync(server, userId: server, monthlyPrice: 73, hour.AddHours(-10));
        return hour;
    }

    private static async Task EachHourIsBilledOnceAsync(TestPanel panel, DateTimeOffset hour)
    {
        Assert.Equal(300, await panel.Database.ScalarAsync<long>("select count(*) from cron_service.charges where hour_start < @hour",
            ("hour", hour.UtcDateTime)));
        for (var user = 1; user <= 30; user++)
            Assert.Equal(100_000m - await panel.ChargedAsync(user) * 100, panel.VirtFusion.Wallet(user));
        await panel.AssertBooksBalanceAsync();
    }

    // Once a month, and the last time an hour ago.
    private static async Task MakeDueAsync(TestPanel panel)
    {
        var anHourAgo = TimeProvider.System.GetUtcNow().AddHours(-1);
        var schedule = Schedule.Parse($"{anHourAgo.Minute} {anHourAgo.Hour} {anHourAgo.Day} * *");
        await panel.Database.InOneAsync(change => panel.Services.GetRequiredService<DnsSettings>()
            .WriteAsync(change.Connection!, new(true, true, schedule, TestPanel.HoursPerMonth, null, TestPanel.Ann),
            TestContext.Current.CancellationToken));
        await panel.Database.ExecuteAsync("""
            update cron_service.jobs set enabled_at = now() - interval '2 hours', schedule_changed_at = now() - interval '2 hours',
                taken_over_at = now() - interval '2 hours'
            """);
    }
}
