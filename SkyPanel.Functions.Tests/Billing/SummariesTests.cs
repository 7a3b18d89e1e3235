using CsCheck;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Wallet;
using SkyPanel.Demo.Simulators;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Billing;

/// <summary>The sums of a span of days, by day, month, customer and server.</summary>
public sealed class SummariesTests
{
    private static readonly DateTimeOffset Begin = At("2026-03-30 00:00");
    private const int Hours = 96, Servers = 4;

    // What was written, added up without the sums that runs keep.
    private const string WrittenSql = """
        select (select count(*) from cron_service.charges where hour_start >= @from and hour_start < @to),
               (select coalesce(sum(amount), 0) from cron_service.charges where hour_start >= @from and hour_start < @to),
               (select coalesce(sum(case kind when 'supplement' then amount else -amount end), 0) from cron_service.adjustments
                where greatest(from_hour, month) >= @from and greatest(from_hour, month) < @to)
        """;

    [Fact]
    public async Task A_span_has_the_same_sums_by_day_month_customer_and_server_however_runs_charged_it()
    {
        await using var panel = await TestPanel.StartAsync();
        for (var server = 1; server <= Servers; server++)
            await panel.AddServerAsync(server, server / 2 + 1, 10m * server, Begin.AddHours(server), basisHours: 40);
        await panel.BillAsync(Begin.AddHours(5));
        await Gen.Select(Gen.Int[0, Hours], Gen.Int[1, Servers], Gen.Int[0, 3600], Gen.Int[0, 4], Gen.Int[1, 4])
            .SampleAsync(async (hour, server, seconds, day, days) =>
        {
            await panel.BillAsync(Begin.AddHours(hour));
            await panel.Database.InOneAsync(transaction => panel.Services.Get<Corrections>().CorrectAsync(transaction.Connection!,
                new(server, Begin.AddHours(hour / 2), Begin.AddHours(hour), seconds, null, "outage", "ann"),
                    TestContext.Current.CancellationToken));
            await SameAsync(panel, Begin.UtcDateTime.AddDays(day), Begin.UtcDateTime.AddDays(day + days));
        }, iter: Proof.Times(25), threads: 1);
        Assert.True((await panel.Services.Get<Integrity>().CheckAsync(TestContext.Current.CancellationToken)).Ok);
    }

    [Fact]
    public async Task The_pages_of_servers_follow_each_other_without_a_gap()
    {
        await using var panel = await TestPanel.StartAsync();
        for (var server = 1; server <= 5; server++)
            await panel.AddServerAsync(server, 1, 73m, Begin);
        await panel.BillAsync(Begin.AddHours(2));
        var (ct, summaries) = (TestContext.Current.CancellationToken, panel.Services.Get<Summaries>());
        List<string> keys = [];
        var after = 0;
        while (await summaries.ByServerAsync(Begin.UtcDateTime, Begin.UtcDateTime.AddDays(1), after, 2, ct) is { Count: > 0 } page)
        {
            keys.AddRange(page.Select(group => group.Key));
            after = int.Parse(page[^1].Key, System.Globalization.CultureInfo.InvariantCulture);
        }
        Assert.Equal(["1", "2", "3", "4", "5"], keys);
    }

    [Fact]
    public async Task Tokens_count_on_the_day_on_which_they_are_taken_in_each_grouping_whoever_delivers_their_debit()
    {
        await using var panel = await TestPanel.StartAsync();
        var ct = TestContext.Current.CancellationToken;
        await panel.AddServerAsync(1, 1, 73m, Begin);
        await panel.AddServerAsync(2, 2, 73m, Begin);
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Answer(422), times: 1);
        var run = await panel.BillAsync(Begin.AddHours(2));
        await panel.Database.ExecuteAsync("update cron_service.debits set next_attempt_at = now() where state = 'pending'");
        var heartbeat = await panel.Services.Get<Delivery>().DeliverAsync(null, ct);

        Assert.Equal((20, 20), (run.TokensDebited, heartbeat.Tokens));
        var today = TimeProvider.System.GetUtcNow().UtcDateTime.Date;
        var (from, to) = (today.AddDays(-1), today.AddDays(2)); // Midnight may have passed.
        var summaries = panel.Services.Get<Summaries>();
        foreach (var groups in new[] { await summaries.ByTimeAsync(from, to, "YYYY-MM-DD", ct),
            await summaries.ByTimeAsync(from, to, "YYYY-MM", ct), await summaries.ByAccountAsync(from, to, 0, 500, ct) })
            Assert.Equal(40, groups.Sum(group => group.Tokens));
    }

    private static async Task SameAsync(TestPanel panel, DateTime from, DateTime to)
    {
        var (ct, summaries) = (TestContext.Current.CancellationToken, panel.Services.Get<Summaries>());
        var written = (await panel.Database.Source.QueryAsync(
            WrittenSql, row => (row.GetInt64(0), row.GetDecimal(1), row.GetDecimal(2)), ct, ("from", from), ("to", to)))[0];
        Assert.Equal(written, Sum(await summaries.ByTimeAsync(from, to, "YYYY-MM-DD", ct)));
        Assert.Equal(written, Sum(await summaries.ByTimeAsync(from, to, "YYYY-MM", ct)));
        Assert.Equal(written, Sum(await summaries.ByAccountAsync(from, to, 0, 500, ct)));
        Assert.Equal(written, Sum(await summaries.ByServerAsync(from, to, 0, 500, ct)));
    }

    private static (long Hours, decimal Gross, decimal Corrections) Sum(IReadOnlyCollection<SummaryGroup> groups) =>
        (groups.Sum(group => group.Hours), groups.Sum(group => group.Gross), groups.Sum(group => group.Corrections));
}
