using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>Disputes that no webhook reported.</summary>
public sealed class DisputeSweepTests
{
    private const string Disputes = "v1/customer/disputes";

    [Fact]
    public async Task A_dispute_without_a_webhook_freezes_its_top_up_and_takes_the_tokens_once_it_is_lost()
    {
        await using var bench = await PayPalBench.StartAsync();
        var (disputed, other) = (await bench.PayAsync(1), await bench.PayAsync(2));
        var dispute = bench.PayPal.Books.Dispute(disputed.OrderId!, 10);
        Assert.Null(await SweepAsync(bench));
        await bench.Get<TopUpSteps>().AdvanceDueAsync(onlyWoken: true, PayPalBench.Cancel);
        Assert.Equal((TopUpState.Disputed, TopUpState.Granted),
            ((await bench.FindAsync(disputed.Id)).State, (await bench.FindAsync(other.Id)).State));

        bench.PayPal.Books.Resolve(dispute, isWon: false, showsReversal: false);
        Assert.Null(await SweepAsync(bench));
        await bench.Get<TopUpSteps>().AdvanceDueAsync(onlyWoken: true, PayPalBench.Cancel);

        Assert.Equal((TopUpState.Lost, PayPalBench.Start, PayPalBench.Start + 1000),
            ((await bench.FindAsync(disputed.Id)).State, bench.Wallet(1), bench.Wallet(2)));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task What_PayPal_does_not_show_changes_nothing_and_is_read_by_the_next_sweep_an_hour_later()
    {
        await using var bench = await PayPalBench.StartAsync();
        Assert.Null(await SweepAsync(bench));
        Assert.Equal(0, bench.PayPal.Requests.Count("GET", Disputes)); // Nothing was paid yet.
        var topUp = await bench.PayAsync(1);
        var dispute = bench.PayPal.Books.Dispute(topUp.OrderId!, 10);
        foreach (var (path, fault) in new[]
        {
            (Disputes, Fault.Answer(503).With("Retry-After", "60")), (Disputes, Fault.Answer(200, """{"items":[{"dispute_id":"D"}]}""")),
            (Disputes, Fault.Answer(403, """{"name":"NOT_AUTHORIZED"}""")),
            ($"{Disputes}/{dispute}", Fault.Answer(503).With("Retry-After", "60")),
        })
        {
            bench.PayPal.Faults.Add("GET", path, fault);
            Assert.NotNull(await SweepAsync(bench));
            Assert.Null((await bench.FindAsync(topUp.Id)).DisputeId);
            Assert.Equal(0L, await bench.Panel.Database.ScalarAsync<long>("select count(updated_until) from cron_service.dispute_sweep"));
            bench.PayPal.Faults.Clear();
        }
        var requests = bench.PayPal.Requests.Count("GET", Disputes);
        Assert.Null(await bench.Get<DisputeSweep>().SweepAsync(PayPalBench.Cancel));
        Assert.Equal(requests, bench.PayPal.Requests.Count("GET", Disputes));

        Assert.Null(await SweepAsync(bench));
        Assert.Equal(dispute, (await bench.FindAsync(topUp.Id)).DisputeId);
    }

    [Fact]
    public async Task All_pages_of_the_list_are_read()
    {
        await using var bench = await PayPalBench.StartAsync();
        var (first, later) = (await bench.PayAsync(1), await bench.PayAsync(2));
        var dispute = bench.PayPal.Books.Dispute(first.OrderId!, 10);
        for (var i = 0; i < 50; i++)
            bench.PayPal.Books.Dispute(later.OrderId!, 0.1m);

        Assert.Null(await SweepAsync(bench));

        Assert.Equal(dispute, (await bench.FindAsync(first.Id)).DisputeId);
    }

    // An hour has passed since the last one.
    private static async Task<string?> SweepAsync(PayPalBench bench)
    {
        await bench.Panel.Database.ExecuteAsync("update cron_service.dispute_sweep set swept_at = '-infinity'");
        return await bench.Get<DisputeSweep>().SweepAsync(PayPalBench.Cancel);
    }
}
