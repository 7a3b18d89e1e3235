using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Customers;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>Wallets that can't be read stand in the way of no other.</summary>
public sealed class WatchedWalletsTests
{
    private static readonly Fault Down = Fault.Answer(503).With("Retry-After", "0");

    public static TheoryData<string, Fault> UnusableAnswers => new()
    {
        { "without tokens", Fault.Answer(200, """{"data":{"credit":{"value":"0.00"}}}""") }, { "404 without a text", Fault.Answer(404) },
    };

    [Theory]
    [MemberData(nameof(UnusableAnswers))]
    public async Task Answers_that_can_not_be_used_keep_no_other_wallet_from_being_read(string how, Fault fault)
    {
        Assert.NotEmpty(how);
        await using var bench = await StartAsync();
        foreach (var user in new[] { 1, 2, 3 })
            bench.VirtFusion.Faults.Add("GET", $"{CustomersBench.Balance}{user}?", fault);
        bench.VirtFusion.ShiftWallet(4, 1000);

        Assert.Equal(1070, (await bench.BeatAsync(4)).BalanceTokens);
    }

    [Fact]
    public async Task While_nothing_is_answered_three_wallets_are_asked_and_the_next_heartbeat_asks_the_others()
    {
        await using var bench = await StartAsync();
        foreach (var user in new[] { 1, 2, 3 })
            bench.VirtFusion.Faults.Add("GET", $"{CustomersBench.Balance}{user}?", Down);
        bench.VirtFusion.ShiftWallet(4, 1000);
        Assert.Equal(70, (await bench.BeatAsync(4)).BalanceTokens);

        await bench.RunTaskAsync();
        Assert.Equal(1070, (await bench.StandingAsync(4)).BalanceTokens);
    }

    [Fact]
    public async Task Wallets_that_were_not_asked_when_the_time_of_a_wake_ended_are_asked_by_the_next()
    {
        await using var bench = await StartAsync();
        var gate = new RequestGate();
        bench.VirtFusion.Faults.Add("GET", CustomersBench.Balance, Fault.Hold(gate), times: 1);
        using var over = new CancellationTokenSource();
        await bench.Database.ExecuteAsync("update cron_service.wallet_readings set read_at = read_at - interval '6 minutes'");
        var reading = bench.Get<WatchedWallets>().ReadAsync(over.Token);
        await gate.WaitForArrivalsAsync(1, CustomersBench.Cancel);
        await over.CancelAsync();
        gate.Open();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        bench.VirtFusion.ShiftWallet(4, 1000);

        await bench.RunTaskAsync();
        Assert.Equal(1070, (await bench.StandingAsync(4)).BalanceTokens);
    }

    [Fact]
    public async Task The_wallet_that_waits_for_the_longest_time_is_read_first_though_its_customer_is_suspended()
    {
        await using var bench = await StartAsync();
        await bench.Database.ExecuteAsync("""
            insert into cron_service.suspensions (account_id, server_id, reason, ordered_by, state, suspended_at)
            select id, 1004, 'no money', 'policy', 'suspended', now() from cron_service.accounts where user_id = 4
            """);
        bench.VirtFusion.Suspend(1004);
        await bench.BeatAsync(1);
        var standing = await bench.StandingAsync(4);
        Assert.Equal((Standing.Suspended, RunwayKind.Endless), (standing.State, standing.Runway));
        await bench.Database.ExecuteAsync("""
            update cron_service.wallet_readings set read_at = now() - interval '1 hour';
            update cron_service.standings s set tried_at = now() - case a.user_id when 4 then interval '7 minutes' else '6 minutes' end
            from cron_service.accounts a where a.id = s.account_id
            """);
        foreach (var user in new[] { 1, 2, 3 })
            bench.VirtFusion.Faults.Add("GET", $"{CustomersBench.Balance}{user}?", Down);
        bench.VirtFusion.ShiftWallet(4, 1000);

        await bench.RunTaskAsync();

        Assert.Equal(1070, (await bench.StandingAsync(4)).BalanceTokens);
    }

    // The more tokens, the later a wallet is read: all wait equally long.
    private static async Task<CustomersBench> StartAsync()
    {
        var bench = await CustomersBench.StartAsync(("VirtFusion:MaxConcurrency", "1"));
        foreach (var user in new[] { 1, 2, 3, 4 })
            await bench.AddAsync(user, 50 + user * 10);
        await bench.UpdateStandingAsync(1);
        return bench;
    }
}
