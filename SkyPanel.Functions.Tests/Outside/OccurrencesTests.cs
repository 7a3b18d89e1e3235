using System.Globalization;
using System.Text.RegularExpressions;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>Three real processes on one database, all woken by the same schedule; one is killed half way.</summary>
/// <remarks>Each second for ten seconds, unless <c>SKYPANEL_OCCURRENCES_DURATION</c> (hh:mm:ss) says how long: from five minutes on each
/// minute.</remarks>
public sealed partial class OccurrencesTests(ITestOutputHelper output)
{
    private const string RunsSql = "select count(*) from cron_service.runs where job = 'hourly-billing' and trigger <> 'manual'";
    private const string DoubledSql =
        "select count(*) - count(distinct scheduled_for) from cron_service.runs where job = 'hourly-billing' and trigger <> 'manual'";
    private const string SkippedSql = "select count(*) from cron_service.runs where job = 'hourly-billing' and status = 'skipped'";
    private const string CoalescedSql =
        "select coalesce(sum(missed_occurrences), 0) from cron_service.runs where job = 'hourly-billing' and trigger <> 'manual'";
    private const string SpannedSql = """
        select extract(epoch from max(scheduled_for) - min(scheduled_for))::bigint / @seconds + 1 + (array_agg(missed_occurrences
            order by scheduled_for))[1]
        from cron_service.runs where job = 'hourly-billing' and trigger <> 'manual'
        """;
    private const string OverlapsSql = """
        select count(*) from cron_service.runs a join cron_service.runs b on a.job = b.job and a.id < b.id
        where a.status not in ('skipped', 'abandoned') and b.status <> 'skipped' and a.finished_at > b.started_at
          and a.fencing is not null and b.fencing is not null and a.fencing >= b.fencing
        """;
    private const string StatusesSql = """
        select string_agg(status || ' ' || n, ', ' order by status)
            from (select status, count(*) as n from cron_service.runs where job = 'hourly-billing' and trigger <> 'manual'
            group by status) as s
        """;

    // What the killed one left open is closed by the next run, once its lease has run out.
    private const string ClosedSql = """
        select not exists (select from cron_service.runs r where status = 'running'
                           and exists (select from cron_service.leases l where l.job = r.job and l.fencing = r.fencing
                               and l.expires_at > now()))
        """;

    private static readonly TimeSpan Duration =
        TimeSpan.ParseExact(System.Environment.GetEnvironmentVariable("SKYPANEL_OCCURRENCES_DURATION") ?? "00:00:10", "c",
            CultureInfo.InvariantCulture);

    [Fact]
    public async Task Each_occurrence_is_run_once_by_whichever_process_wakes_first_and_a_killed_one_is_not_missed()
    {
        var ct = TestContext.Current.CancellationToken;
        var isLong = Duration >= TimeSpan.FromMinutes(5);
        var (schedule, seconds) = isLong ? ("* * * * *", 60L) : ("* * * * * *", 1L);
        await using var panel = await OutsidePanel.CreateAsync();
        for (var server = 1; server <= 3; server++)
            await panel.Panel.AddServerAsync(server, userId: server, monthlyPrice: 50, OutsidePanel.HoursAgo(10));
        (string, string)[] settings = [("Cron__HourlyBilling__Schedule", schedule),
            ("Cron__Heartbeat__Schedule", isLong ? schedule : "*/5 * * * * *"), .. OutsidePanel.DiesSoon];
        AppProcess[] apps = [await panel.StartAppAsync(settings), await panel.StartAppAsync(settings), await panel.StartAppAsync(settings)];
        await apps[0].PutAsync(OutsidePanel.Settings, new { enabled = true, schedule });

        await Task.Delay(Duration / 2, TimeProvider.System, ct);
        await apps[0].KillAsync();
        var atKill = await panel.ScalarAsync<long>(RunsSql);
        await Task.Delay(Duration / 2, TimeProvider.System, ct);
        // It may have been killed in the middle of a run, whose lease blocks for five seconds.
        await panel.UntilAsync($"select ({RunsSql}) > {atKill}");
        await apps[1].PutAsync(OutsidePanel.Settings, new { enabled = false });
        await panel.UntilAsync(ClosedSql);

        var (runs, doubled) = (await panel.ScalarAsync<long>(RunsSql), await panel.ScalarAsync<long>(DoubledSql));
        var (spanned, coalesced) = (await panel.ScalarAsync<long>(SpannedSql, ("seconds", seconds)),
            await panel.ScalarAsync<long>(CoalescedSql));
        var byApp = string.Join(" + ", apps.Select(app => Started().Count(app.Output)));
        output.WriteLine($"{Duration} at '{schedule}': {spanned} occurrences, {runs} runs " +
            $"({await panel.ScalarAsync<string>(StatusesSql)}), {coalesced} coalesced, "
            + $"{doubled} doubled; {atKill} runs when one of three was killed; started by each: {byApp}");

        Assert.Equal(0, doubled);
        Assert.Equal(0, await panel.ScalarAsync<long>(SkippedSql));
        Assert.Equal(0, await panel.ScalarAsync<long>(OverlapsSql));
        Assert.True(runs > atKill, "nothing ran after the kill");
        Assert.True(runs + coalesced >= spanned, $"{spanned} occurrences, {runs} runs and {coalesced} coalesced: some were lost");
        Assert.True(Started().Count(apps[1].Output) + Started().Count(apps[2].Output) > 0);
        await panel.BooksBalanceAsync();
    }

    [GeneratedRegex("Hourly billing started")]
    private static partial Regex Started();
}
