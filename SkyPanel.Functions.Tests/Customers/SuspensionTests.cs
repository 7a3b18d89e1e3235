using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>Servers are suspended when their customer's money is used up and the grace is over, and run again with money.</summary>
public sealed class SuspensionTests
{
    [Fact]
    public async Task Who_is_below_zero_past_the_grace_is_suspended_and_runs_again_once_the_wallet_shows_money()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.SwitchOnAsync();
        await bench.BeatAsync(1);
        await bench.SuspendAsync();
        Assert.True(bench.IsSuspended(1001));
        Assert.Equal(("suspended", Standing.Suspended), (await bench.StateAsync(1001), (await bench.StandingAsync(1)).State));

        bench.VirtFusion.ShiftWallet(1, 100);
        await bench.BeatAsync(1);
        await bench.SuspendAsync();
        Assert.False(bench.IsSuspended(1001));
        Assert.Equal(("resumed", Standing.Ok), (await bench.StateAsync(1001), (await bench.StandingAsync(1)).State));
    }

    [Fact]
    public async Task Nobody_is_suspended_before_the_grace_is_over_nor_while_the_policy_is_off_or_a_dry_run()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.BeatAsync(1);
        await bench.SuspendAsync();
        Assert.Equal(0, await bench.Panel.CountAsync("cron_service.suspensions"));

        await bench.SwitchOnAsync("suspension_dry_run = true");
        Assert.Equal(Standing.Due, (await bench.BeatAsync(1)).State);
        await bench.SuspendAsync();
        Assert.True(Assert.Single(await bench.Get<SuspensionQueries>().PreviewAsync(most: 10, CustomersBench.Cancel)).WouldBeSuspended);
        await bench.SwitchOnAsync("suspension_dry_run = false, grace_hours = 1");
        Assert.Equal(Standing.Overdue, (await bench.BeatAsync(1)).State);
        await bench.SuspendAsync();
        Assert.Equal("its grace isn't over", Assert.Single(await bench.Get<SuspensionQueries>()
            .PreviewAsync(most: 10, CustomersBench.Cancel)).Obstacle);
        Assert.Equal(0, await bench.Panel.CountAsync("cron_service.suspensions"));
    }

    [Fact]
    public async Task A_server_that_somebody_else_suspended_is_recorded_and_neither_suspended_nor_resumed()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.AddAsync(1, 10, serverId: 1002);
        bench.VirtFusion.Suspend(1002);
        await bench.DueAsync(1);
        await bench.SuspendAsync();
        Assert.Equal("abandoned", await bench.StateAsync(1002));

        bench.VirtFusion.ShiftWallet(1, 1000);
        await bench.BeatAsync(1);
        await bench.SuspendAsync();
        Assert.Equal((false, true), (bench.IsSuspended(1001), bench.IsSuspended(1002)));
    }

    [Fact]
    public async Task A_server_that_somebody_else_suspended_and_resumed_may_be_suspended_by_us()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.AddAsync(1, 10, serverId: 1002);
        bench.VirtFusion.Suspend(1002);
        await bench.DueAsync(1);
        await bench.SuspendAsync();
        bench.VirtFusion.Unsuspend(1002);
        await bench.Panel.ObserveAsync(TimeProvider.System.GetUtcNow().AddSeconds(5)); // Instants of observations are whole seconds.
        await bench.SuspendAsync();

        Assert.Equal(("suspended", true), (await bench.StateAsync(1002), bench.IsSuspended(1002)));
    }

    [Theory]
    [InlineData(404, """{"msg":"server not found"}""")]
    [InlineData(404, "")]
    [InlineData(409, """{"msg":"already scheduled"}""")]
    [InlineData(423, """{"msg":"locked"}""")]
    [InlineData(503, "")]
    public async Task A_server_that_can_not_be_resumed_is_tried_again_and_told_until_it_runs(int status, string body)
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        await bench.SuspendAsync();
        bench.VirtFusion.Faults.Add("POST", "servers/1001/unsuspend", Fault.Answer(status, body));
        bench.VirtFusion.ShiftWallet(1, 100);
        await bench.BeatAsync(1);
        await bench.SuspendAsync();
        await bench.Database.ExecuteAsync(
            "update cron_service.suspensions set resume_ordered_at = resume_ordered_at - interval '11 minutes'");
        Assert.Equal("resuming", await bench.StateAsync(1001));
        Assert.Equal(FindingState.Failing, (await bench.CheckAsync())!.State);

        bench.VirtFusion.Faults.Clear();
        await bench.SuspendAsync();
        Assert.Equal(("resumed", false, FindingState.Ok), (await bench.StateAsync(1001), bench.IsSuspended(1001),
            (await bench.CheckAsync())!.State));
    }

    [Fact]
    public async Task A_protected_server_and_one_of_another_owner_are_left_alone_and_say_so()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.AddAsync(2, 10);
        await bench.AddAsync(3, 10);
        await bench.Database.ExecuteAsync("update public.users set virtfusion_id = null where id = 3");
        bench.VirtFusion.Protect(1001);
        bench.VirtFusion.Distort(1003, item =>
        {
            if (item.ContainsKey("remoteState"))
            {
                item.Remove("ownerId");
                item.Remove("owner");
            }
            return item;
        });
        bench.VirtFusion.Distort(1002, item =>
        {
            if (item.ContainsKey("remoteState")) // A single server, as it is looked at.
                item["ownerId"] = 77;
            return item;
        });
        await bench.DueAsync(1);
        await bench.SuspendAsync();

        Assert.Equal("it is protected in VirtFusion", await bench.MessageAsync(1001));
        Assert.Equal("it belongs to VirtFusion user 77, not to 102 as in the panel", await bench.MessageAsync(1002));
        Assert.Equal("VirtFusion doesn't say whose it is", await bench.MessageAsync(1003));
        Assert.Equal(0, bench.Posts("suspend"));
    }

    [Fact]
    public async Task More_than_one_run_may_are_held_and_those_that_a_person_lets_are_suspended_if_still_due()
    {
        await using var bench = await CustomersBench.StartAsync();
        foreach (var user in new[] { 1, 2, 3 })
            await bench.AddAsync(user, 10);
        await bench.SwitchOnAsync("max_per_run = 2");
        await bench.BeatAsync(1);
        await bench.SuspendAsync();
        Assert.Equal(0, bench.Posts("suspend"));
        var hold = await bench.Get<SuspensionQueries>().FindHoldAsync(null, CustomersBench.Cancel);
        Assert.Equal([1, 2, 3], hold!.UserIds);
        Assert.Equal(FindingState.Failing, (await bench.CheckAsync())!.State);

        bench.VirtFusion.ShiftWallet(3, 100);
        await bench.BeatAsync(3);
        await bench.Database.ExecuteAsync("update cron_service.suspension_holds set state = 'approved', decided_at = now()");
        await bench.SuspendAsync();
        Assert.Equal((true, true, false), (bench.IsSuspended(1001), bench.IsSuspended(1002), bench.IsSuspended(1003)));
    }

    [Fact]
    public async Task A_rejected_set_is_left_alone_until_it_had_money_once()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.SwitchOnAsync("max_per_run = 0, max_percent_per_run = 0");
        await bench.BeatAsync(1);
        await bench.SuspendAsync();
        await bench.Database.ExecuteAsync("update cron_service.suspension_holds set state = 'rejected', decided_at = now()");
        await bench.SwitchOnAsync("max_per_run = 10");
        await bench.BeatAsync(1);
        await bench.SuspendAsync();
        Assert.Equal(0, bench.Posts("suspend"));
    }

    [Fact]
    public async Task A_suspended_server_that_is_seen_suspended_again_has_been_so_since_its_suspension()
    {
        const string suspendedAt = "select suspended_at from cron_service.suspensions";
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        await bench.SuspendAsync();
        await bench.Database.ExecuteAsync("update cron_service.suspensions set suspended_at = suspended_at - interval '1 minute'");
        var before = await bench.Database.ScalarAsync<DateTime>(suspendedAt);
        bench.VirtFusion.Unsuspend(1001);
        await bench.Panel.ObserveAsync(TimeProvider.System.GetUtcNow().AddSeconds(5));
        bench.VirtFusion.Suspend(1001);
        await bench.SuspendAsync();

        Assert.Equal(("suspended", before), (await bench.StateAsync(1001), await bench.Database.ScalarAsync<DateTime>(suspendedAt)));
    }

    [Fact]
    public async Task A_server_that_somebody_else_resumed_is_no_longer_ours()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        await bench.SuspendAsync();
        await bench.SetPolicyOffAsync();
        bench.VirtFusion.Unsuspend(1001);
        await bench.Database.ExecuteAsync("update cron_service.suspensions set suspended_at = suspended_at - interval '1 minute'");
        await bench.Panel.ObserveAsync(TimeProvider.System.GetUtcNow().AddSeconds(5));
        await bench.SuspendAsync();

        Assert.Equal("somebody else",
            await bench.Database.ScalarAsync<string>("select resumed_by from cron_service.suspensions where state = 'resumed'"));
    }
}
