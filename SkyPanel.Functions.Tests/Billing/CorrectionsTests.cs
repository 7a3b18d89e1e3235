using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Tests.Billing;

public sealed class CorrectionsTests
{
    private static readonly DateTimeOffset March = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    // 50.00 over 730 hours; a month of 744 hours reaches the cap 14 hours before its end.
    [Theory]
    //          billed  credited   the credit note
    [InlineData(100,    10,        "0.684931")] // 6.849315 - 6.164384
    [InlineData(744,    14,        "0")]        // The other 730 hours still cost the whole price.
    [InlineData(744,    24,        "0.684932")] // Ten of them count.
    public async Task Crediting_hours_is_the_difference_of_two_costs(int billed, int credited, string amount)
    {
        await using var panel = await BilledAsync(50m, billed);

        var made = Assert.Single(await CorrectAsync(panel, credited, seconds: 0, price: null));

        Assert.Equal(Amount(amount), made.Amount);
        Assert.Equal(made.Amount == 0 ? CorrectionKind.None : CorrectionKind.CreditNote, made.Kind);
        await HoldsAsync(panel);
    }

    [Fact]
    public async Task A_higher_price_is_a_supplement_and_taking_it_back_a_credit_note_of_the_same_amount()
    {
        await using var panel = await BilledAsync(10m, 73);

        var up = Assert.Single(await CorrectAsync(panel, 73, null, price: 20m));
        var down = Assert.Single(await CorrectAsync(panel, 73, null, price: 10m));

        Assert.Equal((CorrectionKind.Supplement, 1.00m), (up.Kind, up.Amount));
        Assert.Equal((CorrectionKind.CreditNote, 1.00m), (down.Kind, down.Amount));
        await HoldsAsync(panel);
    }

    [Fact]
    public async Task A_dry_run_of_a_correction_says_the_same_and_names_nothing_that_was_not_made()
    {
        await using var panel = await BilledAsync(50m, 100);
        var dry = Assert.Single((await panel.Services.GetRequiredService<BoundedCorrections>().PreviewAsync(
            new(1, March, March.AddHours(10), 0, null, "test", "test"), TestContext.Current.CancellationToken)).Adjustments);
        Assert.Equal(0, await panel.Database.ScalarAsync<long>("select count(*) from cron_service.adjustments"));

        var made = Assert.Single(await CorrectAsync(panel, 10, seconds: 0, price: null));
        Assert.Equal(made with { Id = null, TransferId = null }, dry);
    }

    [Fact]
    public async Task A_credit_is_given_back_in_whole_tokens_when_asked_for()
    {
        await using var panel = await BilledAsync(50m, 100);
        var taken = 100_000 - panel.VirtFusion.Wallet(1);
        Assert.Equal(684, taken); // 6.849315 owed, 0.009315 carried.
        await CorrectAsync(panel, 100, seconds: 0, price: null);

        Assert.NotNull(await RefundAsync(panel, "outage"));
        await panel.Services.GetRequiredService<Delivery>().DeliverAsync(null, TestContext.Current.CancellationToken);

        Assert.Equal(100_000, panel.VirtFusion.Wallet(1));
        Assert.Null(await RefundAsync(panel, "again"));
        await HoldsAsync(panel);
    }

    [Fact]
    public async Task A_held_correction_that_reaches_ahead_posts_what_was_shown_whatever_is_charged_while_it_waits()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MaxAmountPerAccount", "5"));
        await panel.AddServerAsync(1, 1, 7.30m, March);
        await panel.BillAsync(March);
        await panel.BillAsync(March.AddHours(100));
        var bounded = panel.Services.GetRequiredService<BoundedCorrections>();
        var ct = TestContext.Current.CancellationToken;

        var held = await panel.Database.InOneAsync(corrected => bounded.CorrectAsync(corrected.Connection!,
            new(1, March, March.AddMonths(1), null, 73m, "test", "test"), ct));
        await panel.BillAsync(March.AddHours(200));
        await panel.DecideAsync(held.HoldId!.Value, isApproved: true);
        Assert.Equal(9.00m, await panel.Database.InOneAsync(posted =>
            bounded.PostApprovedAsync(posted.Connection!, held.HoldId.Value, ct)));

        Assert.Equal((9.00m, 9.00m, March.AddHours(100).UtcDateTime), (
            await panel.Database.ScalarAsync<decimal>("select amount from cron_service.adjustments"),
            await panel.Database.ScalarAsync<decimal>("select amount from cron_service.holds"),
            await panel.Database.ScalarAsync<DateTime>("select until_hour from cron_service.holds")));
        await HoldsAsync(panel);
    }

    private static async Task<TestPanel> BilledAsync(decimal price, int hours)
    {
        var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 1, price, March);
        await panel.BillAsync(March);
        await panel.BillAsync(March.AddHours(hours));
        return panel;
    }

    // The switch is turned on the 10th of March, and 14 hours of March are credited in June: with the cap 730 hours are left to pay for
    // anyway.
    [Theory]
    [InlineData("true", "false", "7.30", "0", "7.44")]
    [InlineData("false", "true", "7.44", "0.14", "7.30")]
    public async Task A_month_keeps_the_cap_that_it_began_with_whenever_it_is_charged_and_corrected(string before, string after,
        string march, string credited, string may)
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MonthlyCap", before));
        await panel.AddServerAsync(1, userId: 1, 7.30m, March);
        await panel.BillAsync(March.AddDays(9));
        var switched = panel.StartApp(("Billing:MonthlyCap", after));
        await TestPanel.BillAsync(switched, March.AddMonths(3));
        Task<decimal> CostAsync(DateTimeOffset month) => panel.Database.ScalarAsync<decimal>(
            "select sum(amount) from cron_service.server_months where month = @month", ("month", month.UtcDateTime));
        Assert.Equal((Amount(march), Amount(may)), (await CostAsync(March), await CostAsync(March.AddMonths(2))));

        var made = Assert.Single(await CorrectAsync(panel, 14, seconds: 0, price: null));

        Assert.Equal(Amount(credited), made.Amount);
        await HoldsAsync(panel);
    }

    private static decimal Amount(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static Task<List<Adjustment>> CorrectAsync(TestPanel panel, int hours, int? seconds, decimal? price) =>
        panel.Database.InOneAsync(corrected => panel.Services.GetRequiredService<Corrections>().CorrectAsync(
            corrected.Connection!, new(1, March, March.AddHours(hours), seconds, price, "test", "test"),
                TestContext.Current.CancellationToken));

    private static Task<long?> RefundAsync(TestPanel panel, string reason) =>
        panel.Database.InOneAsync(refunded => panel.Services.GetRequiredService<Refunds>()
            .OpenAsync(refunded.Connection!, 1, "test", reason, TestContext.Current.CancellationToken));

    private static async Task HoldsAsync(TestPanel panel)
    {
        var report = await panel.Services.GetRequiredService<Integrity>().CheckAsync(TestContext.Current.CancellationToken);
        Assert.Empty(report.Checks.SelectMany(check => check.Examples));
    }
}
