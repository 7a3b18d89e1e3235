using SkyPanel.Functions.Billing;

namespace SkyPanel.Functions.Tests.Billing;

/// <summary>The formula of an explained hour gives its charge, also when earlier hours were corrected before it was charged.</summary>
public sealed class ExplainTests
{
    private static readonly DateTimeOffset March = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    //          corrected hours, seconds each
    [InlineData(0,               3600)]
    [InlineData(7,               0)]
    [InlineData(30,              1800)]
    [InlineData(60,              0)]
    public async Task Each_hours_formula_gives_its_charge(int corrected, int seconds)
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 1, 73m, March, basisHours: 72);
        await panel.BillAsync(March);
        await panel.BillAsync(March.AddHours(65));
        if (corrected > 0)
            await panel.Database.InOneAsync(transaction => panel.Services.Get<Corrections>().CorrectAsync(transaction.Connection!,
                new(1, March, March.AddHours(corrected), seconds, null, "outage", "ann"), TestContext.Current.CancellationToken));

        await panel.BillAsync(March.AddHours(80));

        await AssertFormulasAsync(panel, 1);
    }

    // The credited hours make room under the cap for hours of the later price that cost nothing before.
    [Fact]
    public async Task Each_hours_formula_gives_its_charge_when_hours_at_an_earlier_price_were_credited_in_a_month_that_reached_its_cap()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 1, 10m, March, basisHours: 73);
        await panel.BillAsync(March.AddHours(39.5));
        await panel.SetAsync(1, "monthly_price = 20");
        await panel.BillAsync(March.AddHours(39.9));
        await panel.BillAsync(March.AddHours(74));
        await panel.Database.InOneAsync(transaction => panel.Services.Get<Corrections>().CorrectAsync(transaction.Connection!,
            new(1, March, March.AddHours(5), 0, null, "outage", "ann"), TestContext.Current.CancellationToken));
        for (var hour = 75; hour <= 80; hour++)
            await panel.BillAsync(March.AddHours(hour));

        await AssertFormulasAsync(panel, 1);
    }

    internal static async Task AssertFormulasAsync(TestPanel panel, int server)
    {
        var explain = panel.Services.Get<Explain>();
        foreach (var (hour, _, _) in await panel.HoursAsync(server))
        {
            var charge = (await explain.HourAsync(server, new(hour), TestContext.Current.CancellationToken))!.Charge!;
            var formula = charge.Formula.Replace("round6", "cron_service.round6", StringComparison.Ordinal).Replace('x', '*')
                .Replace("/", "::numeric /", StringComparison.Ordinal);
            Assert.Equal((hour, charge.Amount), (hour, await panel.Database.ScalarAsync<decimal>($"select {formula}")));
        }
    }
}
