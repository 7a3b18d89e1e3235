using System.Globalization;
using System.Numerics;
using CsCheck;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Tests.Billing;

namespace SkyPanel.Functions.Tests.Ledger;

/// <summary>One rounding in two languages.</summary>
public sealed class MoneyTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    // Any sign, up to 24 decimals, and exact ties of the seventh.
    private static readonly Gen<decimal> Amount = Gen.OneOf(
        Gen.Select(Gen.Long[-10_000_000_000, 10_000_000_000], Gen.Int[0, 10], (units, scale) => units / Power(scale)),
        Gen.Select(Gen.Long[-1_000_000_000, 1_000_000_000], Gen.Int[11, 24], (units, scale) => units / Power(scale)),
        Gen.Long[-10_000_000_000, 10_000_000_000].Select(units => units / 1_000_000m + 0.0000005m));

    [Theory]
    [InlineData("0.0000005", "0.000001")]
    [InlineData("-0.0000005", "-0.000001")]
    [InlineData("0.0000015", "0.000002")]
    [InlineData("0.0000025", "0.000003")]
    [InlineData("0.000000499999999999999999", "0")]
    public void Half_goes_away_from_zero(string amount, string rounded) =>
        Assert.Equal(decimal.Parse(rounded, CultureInfo.InvariantCulture),
            Money.Round6(decimal.Parse(amount, CultureInfo.InvariantCulture)));

    [Fact]
    public Task SQL_and_CSharp_round_alike() => Amount.Array[500].SampleAsync(async amounts =>
    {
        var inSql = await database.Source.QueryAsync(
            "select cron_service.round6(a) from unnest(@amounts) with ordinality as t(a, n) order by n",
            row => row.GetDecimal(0), TestContext.Current.CancellationToken, ("amounts", amounts));
        Assert.Equal(amounts.Select(Money.Round6), inSql);
        Assert.Equal(amounts.Select(amount => Exact.Of(amount).Round6()), inSql);
    }, iter: Proof.Times(20), threads: 1);

    [Fact]
    public Task A_cost_in_integers_in_decimals_and_in_fractions_is_the_same() =>
        Gen.Select(Gen.Long[0, 10_000_000_000], Gen.Int[0, 2_678_400], Gen.Int[1, 744]).Array[500].SampleAsync(async cases =>
        {
            var inSql = await database.Source.QueryAsync("""
                select cron_service.cost(p, s::bigint, b * 3600), cron_service.cost(p, s::numeric, b * 3600),
                    cron_service.cost_micros(p, s, b * 3600) * 0.000001
                from unnest(@p, @s, @b) with ordinality as t(p, s, b, n) order by n
                """, row => (row.GetDecimal(0), row.GetDecimal(1), row.GetDecimal(2)), TestContext.Current.CancellationToken,
                ("p", cases.Select(c => c.Item1).ToArray()), ("s", cases.Select(c => c.Item2).ToArray()),
                    ("b", cases.Select(c => c.Item3).ToArray()));
            var exact = cases.Select(c => (BigInteger.Multiply(c.Item1, c.Item2) * 2 + c.Item3 * 3600) / (2 * c.Item3 * 3600))
                .Select(micros => (decimal)micros / 1_000_000m);
            Assert.Equal(exact.Select(cost => (cost, cost, cost)), inSql);
        }, iter: Proof.Times(10), threads: 1);

    private static decimal Power(int scale) => Enumerable.Range(0, scale).Aggregate(1m, (power, _) => power * 10);

    [Theory]
    [InlineData("USD", "45.67", "$45.67")]
    [InlineData("USD", "3.5787100", "$3.57871")]
    [InlineData("USD", "-0.509863", "-$0.509863")]
    [InlineData("EUR", "0", "0.00 EUR")]
    [InlineData("EUR", "-1.5", "-1.50 EUR")]
    [InlineData("JPY", "1200.000001", "1200.000001 JPY")]
    public void An_amount_for_people_names_its_currency(string currency, string amount, string written) =>
        Assert.Equal(written, new LedgerOptions { Currency = currency }.Write(decimal.Parse(amount, CultureInfo.InvariantCulture)));
}
