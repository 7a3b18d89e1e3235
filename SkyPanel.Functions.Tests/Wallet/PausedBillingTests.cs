using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Tests.Dns;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>Somebody paused billing: no wallet is touched, whoever delivers, and nothing is lost.</summary>
public sealed class PausedBillingTests
{
    [Theory]
    [InlineData("*")]
    [InlineData("hourly-billing")]
    public async Task While_billing_is_paused_nothing_is_taken_or_given_back(string paused)
    {
        await using var bench = await WalletBench.StartAsync();
        var (debit, refund) = (await bench.OweAsync(11), await bench.OweBackAsync(12, 7));
        await PauseAsync(bench.Database, paused);

        Assert.Equal((0L, true), Told(await bench.DeliverAsync()));
        Assert.Equal((0L, true), Told(await bench.Get<Delivery>().DeliverAsync(null, TestContext.Current.CancellationToken)));
        Assert.Equal((DebitState.Pending, DebitState.Pending),
            ((await bench.DebitAsync(debit)).State, (await bench.DebitAsync(refund)).State));
        Assert.Empty(bench.VirtFusion.Credits);

        await bench.Database.ExecuteAsync("delete from cron_service.pauses");
        Assert.Equal((3L, false), Told(await bench.DeliverAsync()));
        Assert.Equal((990m, 1007m), (bench.VirtFusion.Wallet(11), bench.VirtFusion.Wallet(12)));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_pause_of_another_job_or_one_that_finds_nothing_to_take_holds_nothing_up()
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.OweAsync(11);
        await PauseAsync(bench.Database, "maintenance");
        Assert.Equal((10L, false), Told(await bench.DeliverAsync()));

        await PauseAsync(bench.Database, "*");
        Assert.Equal((0L, false), Told(await bench.DeliverAsync()));
    }

    [Fact]
    public async Task A_renewal_while_billing_is_paused_is_paid_for_when_it_is_resumed()
    {
        await using var panel = await DnsBench.StartAsync();
        await panel.SubscribeAsync(1, 11, 19.99m, "2026-03-01");
        await PauseAsync(panel.Database, "hourly-billing");

        var result = await panel.RenewAsync("2026-03-01 02:00");

        Assert.Equal((1, 0L, true, 100_000m), (result.Renewed, result.TokensDebited, result.IsPaused, panel.VirtFusion.Wallet(11)));
        await panel.Database.ExecuteAsync("delete from cron_service.pauses");
        await panel.Services.GetRequiredService<Delivery>().DeliverAsync(null, TestContext.Current.CancellationToken);
        Assert.Equal(98_001m, panel.VirtFusion.Wallet(11));
        await panel.LawsHoldAsync();
    }

    private static (long, bool) Told(DeliveryResult result) => (result.Tokens, result.IsPaused);

    private static Task<int> PauseAsync(TestDatabase database, string job) =>
        database.ExecuteAsync("insert into cron_service.pauses (job, paused_by, note) values (@job, 'ann', 'stop')", ("job", job));
}
