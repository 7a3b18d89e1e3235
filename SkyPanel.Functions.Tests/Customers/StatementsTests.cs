using System.Security.Cryptography;
using System.Text;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Tests.Payments;
using SkyPanel.Functions.Wallet;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>Statements of months that were computed by hand.</summary>
public sealed class StatementsTests
{
    private const string Hostile = "=HYPERLINK(\"http://evil.example\",\"<script>alert(1)</script>\")";
    private static readonly DateTimeOffset March = At("2026-03-01 00:00");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_month_of_one_server_adds_up_to_its_price_and_the_next_goes_on_from_it()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 10m, March);
        await panel.BillAsync(March.AddHours(744 + 10));

        var march = await ReadAsync(panel, 1, "2026-03");
        var line = Assert.Single(march.Charges);

        // 744 hours of a basis of 730: the cap is reached and the month costs its price.
        Assert.Equal(("final", 0m, 10m, 10m), (march.State, march.Opening, march.Totals.Charges, march.Closing));
        Assert.Equal((1, "Plan", 744L, 744 * 3600L, 14 * 3600m, 10m, 730, true, true, 10m),
            (line.ServerId, line.Plan, line.Hours, line.Seconds, line.SecondsBeyondCap, line.Price, line.BasisHours, line.IsMonthlyPrice,
                line.IsCapReached, line.Amount));
        var april = await ReadAsync(panel, 1, "2026-04");
        Assert.Equal((10m, 0.136986m, 10.136986m), (april.Opening, april.Totals.Charges, april.Closing));
        // What was taken is a line of the month in which it was taken, today.
        var today = await ReadAsync(panel, 1, await ThisMonthAsync(panel));
        Assert.Equal((10.136986m, -10.13m, 0.006986m, 1013L), (today.Opening, today.Totals.Debits, today.Closing,
            Assert.Single(today.Wallet).Tokens));
        Assert.NotNull(today.Wallet[0].CreditId);
        Assert.Equal("provisional", today.State);
        await panel.AssertStatementsAddUpAsync(1);
    }

    [Fact]
    public async Task A_month_is_provisional_until_its_hours_are_decided_and_says_what_is_open()
    {
        await using var panel = await TestPanel.StartAsync();
        var holding = panel.StartApp(("Billing:MaxCatchUp", "01:00:00"));
        await panel.AddServerAsync(1, userId: 1, 73m, March.AddHours(734));
        await panel.BillAsync(March.AddHours(740));

        var before = Assert.Single((await ReadAsync(panel, 1, "2026-03")).Open);
        Assert.Equal((1, March.AddHours(740).UtcDateTime, March.AddHours(744).UtcDateTime, "its hours are not all billed yet"),
            (before.ServerId, before.From, before.Until, before.Reason));
        await TestPanel.BillAsync(holding, March.AddHours(750));
        var held = Assert.Single((await ReadAsync(panel, 1, "2026-03")).Open);
        Assert.StartsWith("hold 1 (open): ", held.Reason, StringComparison.Ordinal);
        await panel.DecideAsync(1, isApproved: true);
        Assert.Equal("provisional", (await ReadAsync(panel, 1, "2026-03")).State);
        await panel.BillAsync(March.AddHours(751));

        var final = await ReadAsync(panel, 1, "2026-03");
        Assert.Equal(("final", 10L, 1m), (final.State, final.Charges[0].Hours, final.Totals.Charges));
        await panel.AssertStatementsAddUpAsync(1);
    }

    [Fact]
    public async Task A_month_in_which_a_server_without_a_usable_date_ran_is_provisional()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 73m, March.AddHours(-10));
        await panel.AddServerAsync(2, userId: 1, 73m, March.AddHours(734));
        await panel.SetAsync(2, "last_billed_at = '2062-01-01'");
        await panel.BillAsync(March.AddHours(745));

        var open = Assert.Single((await ReadAsync(panel, 1, "2026-03")).Open);

        Assert.Equal((2, March.UtcDateTime, March.AddHours(744).UtcDateTime,
            "its hours wait: last_billed_at 2062-01-01 00:00:00 is in the future"), (open.ServerId, open.From, open.Until, open.Reason));
        Assert.Equal("final", (await ReadAsync(panel, 1, "2026-02")).State);
    }

    [Fact]
    public async Task A_final_statement_never_changes_a_later_correction_is_a_line_of_the_month_that_posts_it()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 73m, March.AddHours(700));
        await panel.BillAsync(March.AddHours(745));
        var before = await StatementBench.CsvAsync(await ReadAsync(panel, 1, "2026-03"));

        await CreditAsync(panel, "an outage", March.AddHours(700));

        Assert.Equal(before, await StatementBench.CsvAsync(await ReadAsync(panel, 1, "2026-03")));
        var line = Assert.Single((await ReadAsync(panel, 1, await ThisMonthAsync(panel))).Corrections);
        Assert.Equal((CorrectionKind.CreditNote, "an outage", March.AddHours(700).UtcDateTime, -0.2m),
            (line.Kind, line.Reason, line.FromHour, line.Amount));
        await panel.AssertStatementsAddUpAsync(1);
    }

    [Fact]
    public async Task Top_ups_and_what_was_taken_back_are_shown_and_change_nothing_of_what_is_owed()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);

        var statement = await bench.Get<Statements>().ReadAsync(1, await ThisMonthAsync(bench.Panel), Ct);

        var line = Assert.Single(statement.TopUps);
        Assert.Equal(("top_up", topUp.Id, 1000L, 10m, 0m), (line.Kind, line.TopUpId, line.Tokens, line.Amount, statement.Closing));
        Assert.NotNull(line.CreditId);
    }

    [Fact]
    public async Task A_server_that_was_removed_keeps_no_later_month_open()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 73m, March);
        await panel.BillAsync(March.AddHours(5));
        await panel.Database.ExecuteAsync("delete from public.virtfusion_hourly_billing");
        panel.VirtFusion.Delete(1);
        await panel.BillAsync(March.AddHours(10));

        var march = await ReadAsync(panel, 1, "2026-03");

        Assert.Equal(("final", 5L, null), (march.State, march.Charges[0].Hours, march.Charges[0].Plan));
    }

    // Where the cap is reached in the middle of an hour of another basis, its seconds have more decimals than a decimal holds.
    [Fact]
    public async Task A_month_with_several_bases_whose_cap_is_reached_is_shown_and_explained()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 10m, March, basisHours: 23);
        await panel.BillAsync(March.AddHours(10));
        await panel.SetAsync(1, "hours_in_month = 40");
        await panel.ObserveAsync(March.AddHours(11));
        await panel.BillAsync(March.AddHours(60));
        Assert.True(await panel.Database.ScalarAsync<bool>(
            "select bool_or(length(replace(seconds_counted::text, '.', '')) > 29) from cron_service.charges"));

        var hours = await panel.Services.Get<ChargeQueries>().OfServerAsync(1, March.UtcDateTime, Ct);
        var last = await panel.Services.Get<Explain>().HourAsync(1, hours[^1].Hour, Ct);

        Assert.Equal((60, 0m), (hours.Count, last!.Charge!.Amount));
        Assert.All(hours, hour => Assert.Equal(hour.SecondsCounted, Money.Round6(hour.SecondsCounted)));
        await panel.AssertStatementsAddUpAsync(1);
    }

    [Theory]
    [InlineData("2026-3")]
    [InlineData("2026-13")]
    [InlineData("march")]
    [InlineData("1969-12")]
    [InlineData("2026-03-01")]
    public async Task A_malformed_month_is_refused_by_name(string month)
    {
        await using var panel = await TestPanel.StartAsync();
        Assert.Equal("month", (await Assert.ThrowsAsync<BadInputException>(() => ReadAsync(panel, 1, month))).Field);
    }

    [Fact]
    public async Task Months_before_anything_and_in_the_future_are_told_apart_from_empty_ones()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 73m, March);
        await panel.BillAsync(March.AddHours(5));

        Assert.Contains("the first statement is that of 2026-03",
            (await Assert.ThrowsAsync<NotFoundException>(() => ReadAsync(panel, 1, "2026-02"))).Message, StringComparison.Ordinal);
        Assert.Contains("has not begun", (await Assert.ThrowsAsync<NotFoundException>(() => ReadAsync(panel, 1, "2999-12"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("has no account", (await Assert.ThrowsAsync<NotFoundException>(() => ReadAsync(panel, 7, "2026-03"))).Message,
            StringComparison.Ordinal);
        var empty = await ReadAsync(panel, 1, "2026-04");
        Assert.Equal((0.5m, 0.5m, 0), (empty.Opening, empty.Closing, empty.Charges.Count));
    }

    [Fact]
    public async Task Texts_of_others_are_neither_formulas_in_the_csv_nor_markup_on_the_page()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 73m, March);
        await panel.Database.ExecuteAsync(
            "update public.users set full_name = @name; update public.virtfusion_hourly_billing set package_name = @name",
            ("name", Hostile));
        await panel.BillAsync(March.AddHours(10));
        await CreditAsync(panel, Hostile, March);
        var (march, now) = (await ReadAsync(panel, 1, "2026-03"), await ReadAsync(panel, 1, await ThisMonthAsync(panel)));

        Assert.Equal($"'{Hostile}", StatementBench.Rows(await StatementBench.CsvAsync(march)).Single(row => row[2] == "charge")[14]);
        Assert.Equal($"'{Hostile}", StatementBench.Rows(await StatementBench.CsvAsync(now)).Single(row => row[2] == "credit-note")[14]);
        foreach (var page in new[] { StatementHtml.Write(march), StatementHtml.Write(now) })
        {
            Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
            Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
            Assert.Contains(Statement.NoInvoice, page, StringComparison.Ordinal);
            var style = page[(page.IndexOf("<style>", StringComparison.Ordinal) + 7)..page.IndexOf("</style>", StringComparison.Ordinal)];
            Assert.Contains(Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style))), StatementHtml.ContentSecurityPolicy,
                StringComparison.Ordinal);
        }
    }

    private static Task<Statement> ReadAsync(TestPanel panel, int userId, string month) =>
        panel.Services.Get<Statements>().ReadAsync(userId, month, Ct);

    private static async Task<string> ThisMonthAsync(TestPanel panel) =>
        (await panel.Database.ScalarAsync<string>("select to_char(now() at time zone 'UTC', 'YYYY-MM')"))!;

    private static Task<List<Adjustment>> CreditAsync(TestPanel panel, string reason, DateTimeOffset from) =>
        panel.Database.InOneAsync(corrected =>
        panel.Services.Get<Corrections>().CorrectAsync(corrected.Connection!, new(1, from, from.AddHours(2), 0, null, reason, "ann"), Ct));
}
