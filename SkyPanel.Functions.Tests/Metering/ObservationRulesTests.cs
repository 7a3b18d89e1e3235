using SkyPanel.Functions.Database;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Tests.Billing;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Metering;

/// <summary>What each second was, told by what was seen every five minutes.</summary>
public sealed class ObservationRulesTests
{
    private static readonly DateTimeOffset Ten = At("2026-03-04 10:00");

    // r runs, s suspended, b building, d enrolment switched off, x could not be read, o neither read nor switched on. One letter each five
    // minutes from 10:00 to 11:00, the last two being the runs of 11:00 and 12:00. Then: seconds of the hour from 10:00 as charged at 11:00
    // (null: still waiting) and in the end.
    private static readonly (string Seen, int? At11, int? At12)[] Table =
    [
        ("rrrrrrrrrrrrrr", 3600, 3600),
        ("rrrrrrssssssss", 1500, 1500), // Runs until 10:25, the last time that it was seen to.
        ("ssssssrrrrrrrr", 1800, 1800), // Runs from 10:30 on.
        ("rrrrsssssrrrrr", 1800, 1800), // 10:00-10:15 and 10:45-11:00.
        ("rrrrrrsrrrrrrr", 3000, 3000), // One suspended reading takes the five minutes before it and after it.
        ("rsrsrsrsrsrsrs", 0, 0),
        ("rrrbbbbbbbbbrr", 600, 600),
        ("ssssssssssssss", 0, 0),
        ("rddddddddddddr", 0, 0),
        ("rrrdddrrrrrrrr", 2400, 2400), // Switched on again, the time when it was off stays unbilled.
        ("rrrxxxxxxxrrrr", 3600, 3600), // The first reading after an outage agrees with the last before it: it ran.
        ("rrrxxxxxxxssss", 600, 600),
        ("rxxxxxxxxxxxxr", null, 3600), // The outage ends after the hour: the hour waits, then it is billed.
        ("rxxxxxxxxxxxxs", null, 0),
        ("rrrrrrrxxxxxxs", null, 1800),
        ("rxsxrxxxxxxxxr", null, 2400), // 10:20-11:00.
        ("rxxxxxxxxxxxxx", null, null), // Nothing new is known: nothing is billed.
        ("xxxxxxxxxxxxrr", 3600, 3600), // First seen at 11:00, running: the take-over bills it from billed-from on.
        ("xxxxxxxxxxxxsr", 0, 0),
        ("xxxxxxxxxxxxxr", null, 3600),
        ("xxxxxrrrrrrrrr", 3600, 3600),
        ("xxxxxsrrrrrrrr", 1800, 1800),
        ("rrrooorrrrrrrr", 2400, 2400), // The switch is the panel's, and known without a reading.
        ("rrroxxxxrrrrrr", 1800, 1800),
        ("xxxooorrrrrrrr", 2100, 2100),
    ];

    [Fact]
    public async Task A_setting_of_the_panel_that_cannot_be_used_is_an_error_line_and_what_was_observed_is_billed()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, At("2026-03-04 10:00"));
        await panel.ObserveAsync(At("2026-03-04 12:00"));
        await panel.Database.ExecuteAsync("insert into public.settings (key, value) values ('virtfusion_api_url', " +
            "'http://vf.internal'), ('virtfusion_api_token', 'token')");

        var result = await TestPanel.BillAsync(panel.StartApp(("VirtFusion:BaseUrl", ""), ("VirtFusion:ApiToken", "")),
            At("2026-03-04 14:00"));

        Assert.Contains("settings.virtfusion_api_url", result.Problems[0].Message, StringComparison.Ordinal);
        Assert.Equal(2, result.Hours);
    }

    [Fact]
    public async Task Servers_that_are_switched_off_make_a_reading_look_at_no_past_spell()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: Ten);
        await panel.AddServerAsync(2, userId: 1, 7.30m, billedFrom: Ten);
        await panel.ObserveAsync(Ten);
        await panel.SetAsync(2, "billing_enabled = false");
        await panel.ObserveAsync(Ten.AddMinutes(5));
        await panel.Database.ExecuteAsync("""
            insert into cron_service.uptime (server_id, started_at, seen_until, is_current, is_existing, is_suspended, is_built,
                billing_enabled, evidence)
            select 1, @ten - n * interval '1 hour', @ten - n * interval '1 hour', false, true, true, true, true, 'observed'
            from generate_series(1, 5000) n;
            analyze cron_service.uptime, cron_service.enrolments
            """, ("ten", Ten.UtcDateTime));

        var read = await panel.Database.InOneAsync(async switched =>
        {
            var (connection, ct) = (switched.Connection!, TestContext.Current.CancellationToken);
            await Uptime.SwitchOffAsync(connection, await Observer.LockAsync(connection, Ten.AddMinutes(10), ct), ct);
            return (await connection.QueryAsync("""
                select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = 'uptime'
                """, row => row.GetInt64(0), ct))[0];
        });

        Assert.InRange(read, 1, 100);
    }

    [Fact]
    public async Task Two_readings_that_agree_decide_the_time_between_them_and_two_that_differ_bill_none_of_it()
    {
        await using var panel = await TestPanel.StartAsync();
        for (var row = 0; row < Table.Length; row++)
            await panel.AddServerAsync(row + 1, userId: 1, 10.00m, billedFrom: Ten);

        for (var step = 0; step < 12; step++)
        {
            await ShowAsync(panel, step);
            await panel.ObserveAsync(Ten.AddMinutes(5 * step));
        }
        await ShowAsync(panel, 12);
        await panel.BillAsync(At("2026-03-04 11:00"));
        for (var row = 0; row < Table.Length; row++)
            AssertHour(Table[row].Seen, Table[row].At11, await panel.HoursAsync(row + 1));

        await ShowAsync(panel, 13);
        await panel.BillAsync(At("2026-03-04 12:00"));
        for (var row = 0; row < Table.Length; row++)
            AssertHour(Table[row].Seen, Table[row].At12, await panel.HoursAsync(row + 1));
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task While_VirtFusion_is_down_nothing_is_billed_nothing_is_disabled_and_nobody_is_suspended()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 10.00m, billedFrom: Ten);
        await panel.BillAsync(At("2026-03-04 11:00"));
        panel.VirtFusion.ShowNothing();

        var result = await panel.BillAsync(At("2026-03-04 15:00"));

        Assert.False(result.HasReading);
        Assert.Equal(("api", (int?)null), Assert.Single(result.Problems) is var problem ? (problem.Kind, problem.ServerId) : default);
        Assert.Equal(0, result.Hours);
        Assert.Equal(1, await panel.CountAsync("public.virtfusion_hourly_billing where billing_enabled"));
        Assert.Equal(0, panel.VirtFusion.Requests.Count("POST", "servers/"));

        panel.VirtFusion.Faults.Clear();
        Assert.Equal(5, (await panel.BillAsync(At("2026-03-04 16:30"))).Hours);
    }

    [Fact]
    public async Task A_reading_that_is_older_than_what_is_known_adds_nothing()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 10.00m, billedFrom: Ten);
        await panel.ObserveAsync(Ten);
        await panel.ObserveAsync(At("2026-03-04 10:30"));
        panel.VirtFusion.Suspend(1);
        await panel.ObserveAsync(At("2026-03-04 10:15"));
        await panel.ObserveAsync(At("2026-03-04 10:30"));
        panel.VirtFusion.Unsuspend(1);

        await panel.BillAsync(At("2026-03-04 11:00"));

        Assert.Equal(3600, await panel.SecondsAsync(1));
    }

    [Fact]
    public async Task Seconds_are_whole()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 10.00m, billedFrom: At("2026-03-04 10:00:00.9"));
        await panel.ObserveAsync(At("2026-03-04 10:20"));
        panel.VirtFusion.Suspend(1);

        await panel.BillAsync(At("2026-03-04 11:00"));

        Assert.Equal(1200, await panel.SecondsAsync(1));
        Assert.Equal(0, await panel.CountAsync(
            "cron_service.uptime where extract(epoch from started_at) % 1 <> 0 or extract(epoch from seen_until) % 1 <> 0"));
    }

    [Fact]
    public async Task The_clock_of_a_reading_is_the_databases_in_whole_seconds()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 10.00m, billedFrom: Ten);
        var reading = await panel.Services.Get<SkyPanel.Functions.Metering.Observer>()
            .ReadAsync(null, TestContext.Current.CancellationToken);

        Assert.Equal(0, reading.ObservedAt.Ticks % TimeSpan.TicksPerSecond);
        Assert.True(await panel.Database.ScalarAsync<bool>("select @at between now() - interval '1 minute' and now()",
            ("at", reading.ObservedAt.UtcDateTime)));
    }

    private static async Task ShowAsync(TestPanel panel, int step)
    {
        for (var row = 0; row < Table.Length; row++)
        {
            var (server, state) = (row + 1, Table[row].Seen[step]);
            panel.VirtFusion.Blur(server, state is 'x' or 'o');
            if (state == 's')
                panel.VirtFusion.Suspend(server);
            else
                panel.VirtFusion.Unsuspend(server);
            panel.VirtFusion.SetCommissionStatus(server, state == 'b' ? 0 : 3);
            await panel.SetAsync(server, $"billing_enabled = {(state is 'd' or 'o' ? "false" : "true")}");
        }
    }

    private static void AssertHour(string seen, int? seconds, List<(DateTime Hour, int Seconds, decimal Amount)> hours)
    {
        var charged = hours.Where(hour => hour.Hour == Ten.UtcDateTime).Sum(hour => hour.Seconds);
        Assert.True(charged == (seconds ?? 0), $"{seen}: {charged} seconds are charged, {seconds ?? 0} should be");
    }
}
