using SkyPanel.Functions.Wallet;
using CsCheck;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>Any sequence of faults, over several runs, judgements and lost senders.</summary>
public sealed class AnyFaultsTests
{
    private static readonly Fault?[] OfOrders =
    [
        null, null, null,
        Fault.Reset(), Fault.Reset().AfterActing(),
        Fault.Answer(500), Fault.Answer(500).AfterActing(),
        Fault.Answer(201, "<html>"), Fault.Answer(201, "<html>").AfterActing(),
        Fault.Answer(422), Fault.Answer(401), Fault.TooManyRequests("0"),
    ];

    private static readonly Fault?[] OfReadings = [null, null, null, null, WalletBench.Down, Fault.Answer(200, "{}"), Fault.Answer(401),
        Fault.Answer(403)];

    private enum Act { Charge, Deliver, Judge, LoseSender, TopUp, OtherDebit }

    private static readonly Gen<(Act Act, int Order, int Reading, bool Passes)[]> Steps = Gen.Select(
        Gen.Frequency((4, Gen.Const(Act.Charge)), (8, Gen.Const(Act.Deliver)), (6, Gen.Const(Act.Judge)), (2, Gen.Const(Act.LoseSender)),
            (1, Gen.Const(Act.TopUp)), (1, Gen.Const(Act.OtherDebit))),
        Gen.Int[0, OfOrders.Length - 1], Gen.Int[0, OfReadings.Length - 1], Gen.Bool).Array[4, 14];

    [Fact]
    public async Task A_wallet_is_lower_by_what_was_settled_or_its_debit_waits_with_a_true_reason()
    {
        await using var bench = await WalletBench.StartAsync(("Wallet:MaxAttempts", "3"));
        await bench.ProveAsync();
        var user = 100;
        await Steps.SampleAsync(async steps =>
        {
            user++;
            decimal shifted = 0;
            foreach (var (act, order, reading, passes) in steps)
            {
                shifted += await StepAsync(bench, user, act, OfOrders[order], OfReadings[reading]);
                if (passes)
                    await bench.PassHourAsync();
                await AssertPaidAsync(bench, user, shifted);
            }

            // When the faults are over, everything is paid or waits for a person.
            for (var pass = 0; pass < 3; pass++)
            {
                await bench.PassHourAsync();
                await bench.ResolveAsync();
            }
            await bench.DeliverAsync();
            await AssertPaidAsync(bench, user, shifted);
            if (await bench.OpenDebitAsync(user) is var open && open != 0)
                Assert.Equal(DebitState.Held, (await bench.DebitAsync(open)).State);
        }, iter: Proof.Times(30), threads: 1);
        await bench.AssertLawsAsync();
    }

    private static async Task<decimal> StepAsync(WalletBench bench, int user, Act act, Fault? order, Fault? reading)
    {
        if (order is not null)
            bench.Faults.Add("POST", WalletBench.Credit, order, times: 1);
        if (reading is not null)
            bench.Faults.Add("GET", WalletBench.Balance, reading, times: 3);
        try
        {
            switch (act)
            {
                case Act.Charge: await bench.OweAsync(user, 0.077777m); break;
                case Act.Deliver: await bench.DeliverAsync(); break;
                case Act.Judge: await bench.ResolveAsync(); break;
                case Act.LoseSender:
                    if (await bench.OpenDebitAsync(user) is var id && id != 0 && (await bench.DebitAsync(id)).State == DebitState.Pending)
                        await bench.ClaimAsync();
                    break;
                // Amounts that no debit here has: what looks like a debit's own movement can't be told from it.
                case Act.TopUp: return await ShiftAsync(bench, user, 0.3m);
                case Act.OtherDebit: return await ShiftAsync(bench, user, -0.7m);
            }
            return 0;
        }
        finally
        {
            bench.Faults.Clear();
        }
    }

    private static async Task<decimal> ShiftAsync(WalletBench bench, int user, decimal tokens)
    {
        await bench.Panel.AddUserAsync(user, WalletBench.Start);
        bench.VirtFusion.ShiftWallet(user, tokens);
        return tokens;
    }

    private static async Task AssertPaidAsync(WalletBench bench, int user, decimal shifted)
    {
        await bench.Panel.AddUserAsync(user, WalletBench.Start);
        var settled = await bench.Database.ScalarAsync<decimal>("""
            select coalesce(sum(d.tokens), 0) from cron_service.debits d join cron_service.accounts a on a.id = d.account_id
            where a.user_id = @user and d.state = 'settled'
            """, ("user", user));
        var unaccounted = WalletBench.Start + shifted - settled - bench.VirtFusion.Wallet(user);
        var open = await bench.OpenDebitAsync(user) is var id && id != 0 ? await bench.DebitAsync(id) : null;
        if (unaccounted != 0)
        {
            Assert.Equal((decimal?)open?.Tokens, unaccounted);
            Assert.True(open is { State: DebitState.Sending or DebitState.InDoubt or DebitState.Held }, $"{open} took {unaccounted}");
        }
        if (open is { State: DebitState.Held })
        {
            Assert.True(open.Attempts >= 3
                ? unaccounted == 0
                : open.LastReadingTokens != open.BalanceBeforeTokens && open.LastReadingTokens != open.BalanceBeforeTokens - open.Tokens,
                    $"{open} is held without a reason");
        }
        Assert.All(bench.VirtFusion.Credits.Where(credit => credit.ExtRelationId == user).GroupBy(credit => credit.Reference1),
            c => Assert.Single(c));
    }
}
