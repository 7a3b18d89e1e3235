using CsCheck;
using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>Any order and repetition of whatever may happen to one capture.</summary>
public sealed class AnyOrderTests
{
    private enum Act { Approve, Return, Sweep, LostCapture, LostOrder, LostGrant, KilledStep, RefundPart, Dispute, Win, Lose, Deliver,
        PassHour }

    private static readonly Gen<(Act Act, bool HasActed, int Cents)[]> Acts =
        Gen.Select(Gen.Enum<Act>(), Gen.Bool, Gen.Int[1, 500]).Array[3, 14];

    [Fact]
    public async Task The_tokens_end_as_those_for_what_PayPal_kept_granted_once()
    {
        await using var bench = await PayPalBench.StartAsync(("Billing:TokensPerCurrencyUnit", "10"));
        await bench.ProveAsync();
        var user = 0;
        await Acts.SampleAsync(async acts =>
        {
            var topUp = await bench.OpenAsync(++user);
            string? dispute = null;
            foreach (var (act, hasActed, cents) in acts)
                dispute = await TakeAsync(bench, topUp, act, hasActed, cents, dispute);
            bench.PayPal.Faults.Clear();
            bench.Panel.VirtFusion.Faults.Clear();
            if (dispute is not null)
                bench.PayPal.Books.Resolve(dispute, isWon: true);
            await bench.SettleAsync();
            await bench.SettleAsync();

            var kept = bench.PayPal.Books.NetAmount(topUp.OrderId!);
            var after = await bench.FindAsync(topUp.Id);
            Assert.Equal((after.State, PayPalBench.Start + decimal.Floor(kept * 10)), (after.State, bench.Wallet(user)));
            Assert.InRange(bench.PayPal.Books.Captures(topUp.OrderId!), 0, 1);
            Assert.InRange(await bench.Panel.Database.ScalarAsync<long>(
                "select count(*) from cron_service.debits where kind = 'grant' and top_up_id = @id", ("id", topUp.Id)), 0, 1);
        }, iter: Proof.Times(25), threads: 1);
        await bench.AssertLawsAsync();
    }

    private static async Task<string?> TakeAsync(PayPalBench bench, TopUp topUp, Act act, bool hasActed, int cents, string? dispute)
    {
        var (books, order) = (bench.PayPal.Books, topUp.OrderId!);
        var isPaid = books.Captures(order) > 0;
        var fault = hasActed ? Fault.Reset().AfterActing() : Fault.Reset();
        switch (act)
        {
            case Act.Approve: books.Approve(order); break;
            case Act.Return: await bench.AdvanceAsync(topUp.Id); break;
            case Act.Sweep: await bench.Get<TopUpSteps>().AdvanceDueAsync(onlyWoken: hasActed, PayPalBench.Cancel); break;
            case Act.LostCapture: bench.PayPal.Faults.Add("POST", $"{PayPalBench.Orders}/{order}/capture", fault, times: 1); break;
            case Act.LostOrder: bench.PayPal.Faults.Add("GET", $"{PayPalBench.Orders}/{order}", Fault.Answer(503).With("Retry-After", "60"),
                times: 1); break;
            case Act.LostGrant: bench.Panel.VirtFusion.Faults.Add("POST", $"{PayPalBench.Credit}{topUp.UserId}", fault, times: 1); break;
            case Act.KilledStep: await bench.Get<TopUpClaims>().TakeAsync(topUp.Id, PayPalBench.Cancel); break;
            case Act.RefundPart when isPaid && dispute is null && books.NetAmount(order) > 0: books.Refund(order,
                Math.Min(cents / 100m, books.NetAmount(order))); break;
            case Act.Dispute when isPaid && dispute is null && books.NetAmount(order) > 0:
                dispute = books.Dispute(order, Math.Min(cents / 100m, books.NetAmount(order)));
                await bench.HearAsync(topUp.Id, dispute);
                break;
            case Act.Win or Act.Lose when dispute is not null:
                books.Resolve(dispute, act == Act.Win);
                return null;
            case Act.Deliver: await bench.Get<SkyPanel.Functions.Wallet.Delivery>().DeliverAsync(null, PayPalBench.Cancel); break;
            case Act.PassHour: await bench.PassHourAsync(); break;
        }
        return dispute;
    }
}
