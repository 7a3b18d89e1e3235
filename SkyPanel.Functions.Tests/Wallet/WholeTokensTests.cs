using SkyPanel.Functions.Wallet;
namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>Only whole tokens are taken, and no fraction is ever lost.</summary>
public sealed class WholeTokensTests
{
    // Seven hours at a time, so that each wallet crosses whole tokens at other moments.
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1000)]
    public async Task Whole_tokens_are_taken_and_the_remainder_is_carried(int tokensPerUnit)
    {
        await using var bench = await WalletBench.StartAsync(("Billing:TokensPerCurrencyUnit", $"{tokensPerUnit}"));
        decimal owed = 0;
        for (var step = 1; step <= 12; step++)
        {
            owed += 0.123457m * step;
            await bench.OweAsync(11, 0.123457m * step);
            await bench.DeliverAsync();
            Assert.Equal(WalletBench.Start - decimal.Floor(owed * tokensPerUnit), bench.VirtFusion.Wallet(11));
        }

        Assert.All(bench.VirtFusion.Credits, credit => Assert.True(credit.Tokens <= -1
            && credit.Tokens == decimal.Truncate(credit.Tokens)));
        var remainder = await bench.Database.ScalarAsync<decimal>("select owed_amount from cron_service.accounts where user_id = 11");
        Assert.Equal(owed - decimal.Floor(owed * tokensPerUnit) / tokensPerUnit, remainder);
        await bench.AssertLawsAsync();
    }

    [Theory]
    [InlineData(0.009999, 0)]
    [InlineData(0.01, 1)]
    [InlineData(0.019999, 1)]
    [InlineData(0.02, 2)]
    public async Task A_token_is_due_when_it_is_whole(decimal owed, int tokens)
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.OweAsync(11, owed);
        await bench.DeliverAsync();
        Assert.Equal((WalletBench.Start - tokens, tokens == 0 ? 0 : 1), (bench.VirtFusion.Wallet(11), bench.SentTo(11)));
    }

    // 20 million currency units: a single order is as large as a VirtFusion order can be, the next one takes the rest.
    [Fact]
    public async Task What_is_too_much_for_one_order_is_taken_by_several()
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.OweAsync(11, 20_000_000.01m);
        await bench.DeliverAsync();
        Assert.Equal([-2_000_000_000m, -1m], bench.VirtFusion.Credits.Select(credit => credit.Tokens));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_deleted_user_still_pays_and_the_ledger_stands()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        await bench.Database.ExecuteAsync("delete from public.users where id = 11");

        await bench.DeliverAsync();

        Assert.Equal((DebitState.Settled, 990m), ((await bench.DebitAsync(id)).State, bench.VirtFusion.Wallet(11)));
        Assert.Equal(0L, await bench.Database.ScalarAsync<long>("select count(*) from public.transactions"));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task Deleting_a_user_later_removes_the_panel_rows_and_nothing_of_ours()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        await bench.DeliverAsync();

        await bench.Database.ExecuteAsync("delete from public.users where id = 11");

        Assert.Equal(0L, await bench.Database.ScalarAsync<long>("select count(*) from public.transactions"));
        Assert.Equal(DebitState.Settled, (await bench.DebitAsync(id)).State);
        await bench.AssertLawsAsync();
    }
}
