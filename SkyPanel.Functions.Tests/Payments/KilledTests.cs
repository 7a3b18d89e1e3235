using System.Collections.Concurrent;
using System.Net;
using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Payments;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>A process that is killed in the middle of a top-up, and another that goes on.</summary>
public sealed class KilledTests
{
    private const string Orders = "v2/checkout/orders", Credit = "selfService/credit/byUserExtRelationId/1";
    private const int MostRounds = 20;

    // Each is held in a request, before or after the other side has acted, and killed there.
    private static readonly (string Name, bool IsPayPals, string Path, bool AfterActing)[] Moments =
    [
        ("before the order was made", true, Orders, false), ("after the order was made", true, Orders, true),
        ("before the money was taken", true, $"{Orders}/", false), ("after the money was taken", true, $"{Orders}/", true),
        ("before the tokens were given", false, Credit, false), ("after the tokens were given", false, Credit, true),
    ];

    [Fact]
    public async Task The_law_of_top_ups_waits_for_the_end_of_a_step()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        bench.PayPal.Books.Refund(topUp.OrderId!, 4);
        var claimed = (await bench.Get<TopUpClaims>().TakeAsync(topUp.Id, PayPalBench.Cancel))!;
        await bench.Get<TopUpClaims>().WriteReturnedAsync(claimed, new(4, 0, 0), null);
        await bench.AssertLawsAsync();

        await bench.Get<TopUpClaims>().ReleaseAsync(claimed, TimeSpan.FromDays(1), hasFailed: false);

        Assert.Contains("top-up 1 (granted)", Assert.Single((await bench.Get<Integrity>().CheckAsync(PayPalBench.Cancel)).Checks
            .SelectMany(check => check.Examples)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_at_any_moment_the_money_is_taken_once_and_the_tokens_are_given_once()
    {
        var failures = new ConcurrentBag<string>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(Moments, parallel, async (moment, _) =>
        {
            try
            {
                await KillAsync(moment.IsPayPals, moment.Path, moment.AfterActing);
            }
            catch (Exception e)
            {
                failures.Add($"Killed {moment.Name}: {e}");
            }
        });
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures));
    }

    private static async Task KillAsync(bool isPayPals, string path, bool afterActing)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var payPal = await PayPalSimulator.StartAsync(ct: ct);
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddUserAsync(1, PayPalBench.Start);
        // An unchanged balance counts: this panel was seen to lower one.
        await panel.Database.ExecuteAsync(
            "insert into cron_service.wallet_proofs (debit_id, balance_before_tokens, balance_after_tokens) values (0, 1, 0)");
        (string Name, string Value)[] settings = [.. OutsidePanel.DiesSoon, .. TopUpHttpTests.Settings(payPal)];
        var dying = await panel.StartAppAsync(settings);
        await TopUpHttpTests.EnableAsync(dying);
        var gate = new RequestGate();
        var fault = afterActing ? Fault.Hold(gate).AfterActing() : Fault.Hold(gate);
        (isPayPals ? payPal.Faults : panel.VirtFusion.Faults).Add("POST", path, fault, times: 1);

        var asking = dying.PostAsync("/api/top-ups", new { userId = 1, amount = "10.00" });
        if (path != Orders)
        {
            await asking;
            payPal.Books.Approve(payPal.Books.OrderIds[0]);
            asking = dying.PostAsync("/api/top-ups/1/return");
        }
        await gate.WaitForArrivalsAsync(1, ct);
        await dying.KillAsync();
        await ((Task)asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        gate.Open();

        var other = await panel.StartAppAsync(settings);
        for (var round = 0; round < MostRounds
            && await panel.ScalarAsync<string>("select state from cron_service.top_ups") != "granted"; round++)
        {
            // The dead process's claim runs out.
            await panel.Database.ExecuteAsync("update cron_service.top_ups set claimed_until = null, next_look_at = now()");
            Assert.Equal(HttpStatusCode.OK, (await other.PostAsync("/api/admin/cron/jobs/payments/trigger")).Status);
            if (payPal.Books.OrderIds is [var order] && payPal.Books.Status(order) == "PAYER_ACTION_REQUIRED")
                payPal.Books.Approve(order);
            await panel.SettleAsync(other);
        }

        Assert.Equal("granted", await panel.ScalarAsync<string>("select state from cron_service.top_ups"));
        Assert.Equal((PayPalBench.Start + 1000, 1),
            (panel.VirtFusion.Wallet(1), payPal.Books.Captures(Assert.Single(payPal.Books.OrderIds))));
        Assert.Equal(1L, await panel.ScalarAsync<long>("select count(*) from cron_service.transfers where kind = 'top_up'"));
    }
}
