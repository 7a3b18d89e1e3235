using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Tests.Billing;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Metering;

/// <summary>Hours that the panel's own engine has billed are never charged again.</summary>
public sealed class PanelHoursTests
{
    private static readonly DateTimeOffset Ten = At("2026-03-04 10:00");
    private static readonly DateTimeOffset TenAtNight = At("2026-03-04 22:00");

    // What the panel says when the server is taken over, and the first second that is ours. It was observed since 10:00, billed until then.
    private static readonly (string Panel, string OursFrom, decimal Hours)[] Table =
    [
        ("", "2026-03-04 10:00", 0),
        ("update public.virtfusion_hourly_billing set last_billed_at = '2026-03-04 22:00' where virtfusion_server_id = @id",
            "2026-03-04 22:00", 12),
        ("update public.virtfusion_hourly_billing set last_billed_at = '2026-03-04 12:45' where virtfusion_server_id = @id",
            "2026-03-04 12:45", 2.75m),
        ("update public.virtfusion_hourly_billing set last_billed_at = '2026-03-04 08:00' where virtfusion_server_id = @id",
            "2026-03-04 10:00", 0),
        (PeriodSql + "'2026-03-04 14:00', 'completed' from public.virtfusion_hourly_billing where virtfusion_server_id = @id",
            "2026-03-04 14:00", 4),
        (PeriodSql + "'2026-03-04 14:00', 'failed' from public.virtfusion_hourly_billing where virtfusion_server_id = @id",
            "2026-03-04 10:00", 0),
        (PeriodSql + "'2026-03-05 03:20', 'completed' from public.virtfusion_hourly_billing where virtfusion_server_id = @id",
            "2026-03-05 03:20", 17.33m),
        ("update public.virtfusion_hourly_billing set last_billed_at = '2026-03-04 12:45' where virtfusion_server_id = @id; " + PeriodSql
            + "'2026-03-04 14:00', 'completed' from public.virtfusion_hourly_billing where virtfusion_server_id = @id",
            "2026-03-04 14:00", 4),
    ];

    private const string PeriodSql = """
        insert into public.virtfusion_hourly_transactions (billing_id, user_id, server_id, amount_charged, billing_period_start,
            billing_period_end, status)
        select id, user_id, server_id, 0.01, '2026-03-04 10:00',
        """;

    [Theory]
    [InlineData(true)] // Every six hours, and the last reading is of 22:00.
    [InlineData(false)] // Once, at 10:00.
    public async Task Observed_while_the_panel_bills_each_server_is_ours_from_what_the_panel_says_at_the_take_over(bool isObserved)
    {
        await using var panel = await TestPanel.StartAsync();
        for (var server = 1; server <= Table.Length; server++)
            await panel.AddServerAsync(server, userId: 1, 7.30m, billedFrom: Ten);
        await panel.ObserveAsync(Ten);
        if (isObserved)
        {
            await panel.ObserveAsync(At("2026-03-04 16:00"));
            await panel.ObserveAsync(TenAtNight);
        }
        for (var server = 1; server <= Table.Length; server++)
            await panel.Database.ExecuteAsync(Table[server - 1].Panel is { Length: > 0 } sql ? sql : "select @id", ("id", server));

        var tried = (await panel.BillAsync(At("2026-03-05 04:00"), isDryRun: true)).TakeOver!;
        Assert.Equal(0, await panel.CountAsync("cron_service.passed_over"));
        var takeOver = await panel.EnableAsync();

        Assert.Equal((Table.Length, 5, 40.08m), (takeOver.Servers, takeOver.PassedOverServers, takeOver.PassedOverHours));
        Assert.Equal((tried.Servers, tried.PassedOverServers, tried.PassedOverHours),
            (takeOver.Servers, takeOver.PassedOverServers, takeOver.PassedOverHours));
        Assert.Equal(tried.ByServer.Select(server => (server.ServerId, server.OursFrom, server.PassedOverHours)),
            takeOver.ByServer.Select(server => (server.ServerId, server.OursFrom, server.PassedOverHours)));
        Assert.Equal(Table.Select(row => (At(row.OursFrom).UtcDateTime, row.Hours)),
            takeOver.ByServer.OrderBy(server => server.ServerId).Select(server => (server.OursFrom, server.PassedOverHours)));
        await panel.BillAsync(At("2026-03-05 10:00"));

        for (var server = 1; server <= Table.Length; server++)
            Assert.Equal((server, (At("2026-03-05 10:00") - At(Table[server - 1].OursFrom)).TotalSeconds),
                (server, await panel.SecondsAsync(server)));
        Assert.Equal(5, await panel.CountAsync("cron_service.passed_over where passed_by = 'ann' and reason <> ''"));
        await panel.AssertBooksBalanceAsync();
        Assert.DoesNotContain((await panel.Services.Get<SkyPanel.Functions.Billing.Integrity>()
            .CheckAsync(TestContext.Current.CancellationToken)).Checks, check => !check.Ok);
    }

    [Fact]
    public async Task After_the_interlock_tripped_enabling_again_passes_over_what_the_panel_billed_meanwhile_and_nothing_that_we_did()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: Ten);
        await panel.EnableAsync();
        await panel.BillAsync(At("2026-03-04 14:00"));
        Assert.Equal(4 * 3600, await panel.SecondsAsync(1));
        Assert.Equal(0, (await panel.EnableAsync()).PassedOverServers);
        await panel.ObserveAsync(At("2026-03-04 18:00"));
        await panel.Database.ExecuteAsync(PeriodSql + "'2026-03-04 19:00', 'completed' from public.virtfusion_hourly_billing");

        var again = await panel.EnableAsync();
        await panel.BillAsync(TenAtNight);

        Assert.Equal((1, 5m), (again.PassedOverServers, again.PassedOverHours));
        Assert.Equal([10, 11, 12, 13, 19, 20, 21], (await panel.HoursAsync(1)).Select(hour => hour.Hour.Hour));
        Assert.Equal(0, (await panel.EnableAsync()).PassedOverServers);
        Assert.DoesNotContain((await panel.Services.Get<SkyPanel.Functions.Billing.Integrity>()
            .CheckAsync(TestContext.Current.CancellationToken)).Checks, check => !check.Ok);
    }

    [Theory]
    [InlineData(false)] // Its id is above those that the interlock has compared.
    [InlineData(true)]
    public async Task What_the_panel_billed_of_a_server_that_is_new_since_the_take_over_is_passed_over_too(bool isSeenByInterlock)
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: Ten);
        await panel.EnableAsync();
        await panel.BillAsync(At("2026-03-04 14:00"));
        var interlock = panel.Services.Get<SkyPanel.Functions.Billing.Interlock>();
        Assert.Null(await interlock.ReadAsync(TestContext.Current.CancellationToken));
        await panel.AddServerAsync(2, userId: 1, 7.30m, billedFrom: Ten);
        await panel.Database.ExecuteAsync(PeriodSql
            + "'2026-03-04 14:00', 'completed' from public.virtfusion_hourly_billing where virtfusion_server_id = 2");
        if (isSeenByInterlock)
            Assert.NotNull(await interlock.ReadAsync(TestContext.Current.CancellationToken));

        await panel.BillAsync(At("2026-03-04 17:00"));

        Assert.Equal([14, 15, 16], (await panel.HoursAsync(2)).Select(hour => hour.Hour.Hour));
    }

    [Fact]
    public async Task A_server_that_is_new_since_the_take_over_is_billed_though_the_panels_rows_have_text_as_ids()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync("alter table public.virtfusion_hourly_transactions alter id drop default, alter id type text, " +
            "alter id set default gen_random_uuid()");
        await panel.EnableAsync();
        var interlock = panel.Services.Get<SkyPanel.Functions.Billing.Interlock>();
        Assert.Null(await interlock.ReadAsync(TestContext.Current.CancellationToken));
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: Ten);

        Assert.Equal(4, (await panel.BillAsync(At("2026-03-04 14:00"))).Hours);
    }

    [Fact]
    public async Task A_server_that_was_never_read_is_ours_from_the_second_until_which_the_panel_billed_it()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: Ten);
        await panel.EnableAsync();
        await panel.SetAsync(1, "last_billed_at = '2026-03-04 12:45'");
        Assert.Equal((1, 2.75m), await panel.EnableAsync() is var again ? (again.PassedOverServers, again.PassedOverHours) : default);

        await panel.BillAsync(At("2026-03-04 14:00"));

        Assert.Equal(4500, await panel.SecondsAsync(1));
        Assert.DoesNotContain((await panel.Services.Get<SkyPanel.Functions.Billing.Integrity>()
            .CheckAsync(TestContext.Current.CancellationToken)).Checks, check => !check.Ok);
    }

    [Fact]
    public async Task A_manual_run_before_the_take_over_passes_over_too_and_what_the_panel_bills_after_it_is_passed_over_at_the_take_over()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: Ten);
        await panel.ObserveAsync(Ten);
        await panel.SetAsync(1, "last_billed_at = '2026-03-04 12:00'");
        Assert.Equal(2L, (await panel.BillAsync(At("2026-03-04 14:00"))).Hours);
        await panel.SetAsync(1, "last_billed_at = '2026-03-04 15:30'");

        await panel.EnableAsync();
        await panel.BillAsync(At("2026-03-04 17:00"));

        Assert.Equal([3600, 3600, 1800, 3600], (await panel.HoursAsync(1)).Select(hour => hour.Seconds));
        Assert.Equal(3.5m, await panel.Database.ScalarAsync<decimal>("select sum(hours) from cron_service.passed_over"));
    }

    [Fact]
    public async Task A_time_in_the_future_at_the_take_over_is_a_line_and_when_it_is_mended_the_panels_hours_are_passed_over_then()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: Ten);
        await panel.AddServerAsync(2, userId: 1, 7.30m, billedFrom: Ten);
        await panel.ObserveAsync(Ten);
        await panel.SetAsync(1, "last_billed_at = '2062-01-01'");
        await panel.Database.ExecuteAsync(PeriodSql
            + "'2062-01-01', 'completed' from public.virtfusion_hourly_billing where virtfusion_server_id = 2");
        await panel.EnableAsync();

        var waiting = await panel.BillAsync(At("2026-03-04 14:00"));

        Assert.Equal(
            [(1, "last_billed_at 2062-01-01 00:00:00 is in the future"),
            (2, "the end 2062-01-01 00:00:00+00 of a period that the panel billed is in the future")],
            waiting.Problems.Select(problem => (problem.ServerId!.Value, problem.Message)));
        Assert.Equal(0, waiting.Hours);
        await panel.ObserveAsync(At("2026-03-04 14:00"));
        Assert.Equal(2, await panel.CountAsync("cron_service.enrolments where problem like '%is in the future'"));
        await panel.SetAsync(1, "last_billed_at = '2026-03-04 13:00'");
        await panel.Database.ExecuteAsync("update public.virtfusion_hourly_transactions set billing_period_end = '2026-03-04 13:00'");
        Assert.Equal((2L, 0), await panel.BillAsync(At("2026-03-04 14:00")) is var mended ? (mended.Hours, mended.Problems.Count)
            : default);
    }

    [Fact]
    public async Task A_server_whose_first_reading_is_after_the_panel_billed_it_in_advance_is_ours_when_that_time_is_over()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.EnableAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: At("2026-03-04 11:00"));
        Assert.Equal("last_billed_at 2026-03-04 11:00:00 is in the future",
            Assert.Single((await panel.BillAsync(At("2026-03-04 10:20"))).Problems).Message);

        Assert.Empty((await panel.BillAsync(At("2026-03-04 13:00"))).Problems);

        Assert.Equal(7200, await panel.SecondsAsync(1));
    }
}

internal static class Enabling
{
    /// <summary>An admin's word, stored in one transaction with what enabling does.</summary>
    public static async Task<TakeOver> EnableAsync(this TestPanel panel)
    {
        var ct = TestContext.Current.CancellationToken;
        var job = panel.Services.Get<JobRegistry>().Find("hourly-billing")!;
        var settings = await job.ReadSettingsAsync(ct);
        return await panel.Database.InOneAsync(async enabling =>
        {
            var change = new SkyPanel.Functions.Scheduling.SettingsChange(true, true, settings.Schedule, TestPanel.HoursPerMonth, null,
                TestPanel.Ann);
            await job.WriteSettingsAsync(enabling.Connection!, change, ct);
            return (TakeOver?)await job.TakeOverAsync(enabling.Connection!, change, ct) ?? new TakeOver(0, 0, 0, []);
        });
    }
}
