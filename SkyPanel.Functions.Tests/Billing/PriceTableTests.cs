namespace SkyPanel.Functions.Tests.Billing;

/// <summary>The table that an operator checks by hand: a month through the real run and the real wallets.</summary>
public sealed class PriceTableTests
{
    // March has 31 days: 744 hours.
    private static readonly DateTimeOffset March = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    // Basis 730 h    720 h       730 h    744 h
    private static readonly (decimal Price, decimal After720, decimal After730, decimal After744)[] Table =
    [
        (2.50m,        2.465753m,  2.50m,   2.50m),
        (5.00m,        4.931507m,  5.00m,   5.00m),
        (10.00m,       9.863014m,  10.00m,  10.00m),
        (50.00m,       49.315068m, 50.00m,  50.00m),
    ];

    [Fact]
    public async Task A_month_costs_its_price_and_no_more_and_its_tokens_are_the_floor()
    {
        await using var panel = await TestPanel.StartAsync();
        for (var row = 0; row < Table.Length; row++)
            await panel.AddServerAsync(serverId: row + 1, userId: row + 1, Table[row].Price, billedFrom: March);

        // A run an hour where the cap comes near, else one in six hours: how runs split the hours is AnyRunsTests' matter.
        foreach (var hour in Enumerable.Range(1, 744).Where(hour => hour >= 715 || hour % 6 == 0))
        {
            await panel.BillAsync(March.AddHours(hour));
            for (var row = 0; row < Table.Length && (hour is 720 or 730 or 744); row++)
            {
                var expected = hour switch { 720 => Table[row].After720, 730 => Table[row].After730, _ => Table[row].After744 };
                Assert.Equal(expected, await panel.ChargedAsync(row + 1));
                Assert.Equal(100_000 - decimal.Floor(expected * 100), panel.VirtFusion.Wallet(row + 1));
            }
        }
        Assert.Equal(4 * 744, await panel.Database.ScalarAsync<long>("select count(*) from cron_service.charges"));
    }
}
