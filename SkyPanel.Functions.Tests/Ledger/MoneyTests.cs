using System.Numerics;
using CsCheck;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Tests.Ledger;

/// <summary>One rounding in two languages.</summary>
public sealed class MoneyTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    // Eight decimals, half of them ties of the seventh, of either sign.
    private static readonly Gen<decimal> Amount = Gen.Select(Gen.Long[-10_000_000_000, 10_000_000_000], Gen.Bool, (units, isTie) =>
        isTie ? units / 1_000_000m + 0.0000005m : units / 100_000_000m);

    [Fact]
    public Task SQL_and_CSharp_round_alike() => Amount.Array[500].SampleAsync(async amounts =>
    {
        var inSql = await database.Source.QueryAsync("select cron_service.round6(a) from unnest(@amounts) with ordinality as t(a, n) order by n",
            row => row.GetDecimal(0), TestContext.Current.CancellationToken, ("amounts", amounts));
        Assert.Equal(amounts.Select(Money.Round6), inSql);
    }, iter: 10, threads: 1);

    [Fact]
    public Task A_cost_in_integers_in_decimals_and_in_fractions_is_the_same() =>
        Gen.Select(Gen.Long[0, 10_000_000_000], Gen.Int[0, 2_678_400], Gen.Int[1, 744]).Array[500].SampleAsync(async cases =>
        {
            var inSql = await database.Source.QueryAsync("""
                select cron_service.cost(p, s::bigint, b * 3600), cron_service.cost(p, s::numeric, b * 3600) from unnest(@p, @s, @b) with ordinality as t(p, s, b, n) order by n
                """, row => (row.GetDecimal(0), row.GetDecimal(1)), TestContext.Current.CancellationToken,
                ("p", cases.Select(c => c.Item1).ToArray()), ("s", cases.Select(c => c.Item2).ToArray()), ("b", cases.Select(c => c.Item3).ToArray()));
            var exact = cases.Select(c => (BigInteger.Multiply(c.Item1, c.Item2) * 2 + c.Item3 * 3600) / (2 * c.Item3 * 3600)).Select(micros => (decimal)micros / 1_000_000m);
            Assert.Equal(exact.Select(cost => (cost, cost)), inSql);
        }, iter: 10, threads: 1);
}
