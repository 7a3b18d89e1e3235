using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>What comes between a decision and its end, forced: a payment, somebody else's hand, a lost answer, another process.</summary>
public sealed class RaceTests
{
    private const string Suspend = "servers/1001/suspend", Server = "servers/1001";

    [Fact]
    public async Task Who_pays_while_the_order_to_suspend_is_on_its_way_runs_again_at_once()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        var (gate, suspending) = await HoldOrderAsync(bench);
        bench.VirtFusion.ShiftWallet(1, 100);
        gate.Open();
        await suspending;

        Assert.Equal((1, 1, false, "resumed"), (bench.Posts("suspend"), bench.Posts("unsuspend"), bench.IsSuspended(1001),
            await bench.StateAsync(1001)));
        Assert.Equal(Standing.Ok, (await bench.StandingAsync(1)).State);
    }

    [Fact]
    public async Task Whom_a_person_resumes_while_the_order_to_suspend_is_on_its_way_runs_again()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        var (gate, suspending) = await HoldOrderAsync(bench);
        await bench.SetPolicyAsync("grace_hours = 1"); // It begins again.
        var account = await bench.AccountAsync(1);
        Assert.Equal(1, await bench.Database.InOneAsync(transaction =>
            SuspensionOrders.ResumeAsync(transaction.Connection!, account, "Ann", "promised to pay")));
        gate.Open();
        await suspending;
        Assert.Equal("resuming", await bench.StateAsync(1001));

        await bench.Database.ExecuteAsync(
            "update cron_service.suspensions set claimed_until = now() - interval '1 second', sent_at = sent_at - interval '10 minutes'");
        await bench.SuspendAsync();
        Assert.Equal(("resumed", false, 1), (await bench.StateAsync(1001), bench.IsSuspended(1001), bench.Posts("unsuspend")));
    }

    [Fact]
    public async Task Who_pays_between_the_decision_and_the_order_is_never_suspended()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        await bench.Database.ExecuteAsync("update cron_service.wallet_readings set read_at = read_at - interval '2 minutes'");
        var gate = new RequestGate();
        bench.VirtFusion.Faults.Add("GET", Server, Fault.Hold(gate), times: 1);
        var suspending = bench.SuspendAsync();
        await gate.WaitForArrivalsAsync(1, CustomersBench.Cancel);
        bench.VirtFusion.ShiftWallet(1, 100);
        gate.Open();
        await suspending;

        Assert.Equal((0, "abandoned"), (bench.Posts("suspend"), await bench.StateAsync(1001)));
    }

    [Fact]
    public async Task A_server_that_somebody_else_suspends_between_the_decision_and_the_order_is_theirs()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        var gate = new RequestGate();
        bench.VirtFusion.Faults.Add("GET", Server, Fault.Hold(gate), times: 1);
        var suspending = bench.SuspendAsync();
        await gate.WaitForArrivalsAsync(1, CustomersBench.Cancel);
        bench.VirtFusion.Suspend(1001);
        gate.Open();
        await suspending;
        bench.VirtFusion.ShiftWallet(1, 100);
        await bench.BeatAsync(1);
        await bench.SuspendAsync();

        Assert.Equal((0, 0, true, "abandoned"), (bench.Posts("suspend"), bench.Posts("unsuspend"), bench.IsSuspended(1001),
            await bench.StateAsync(1001)));
    }

    public static TheoryData<string, Fault, bool> LostAnswers => new()
    {
        { "before it acted", Fault.Reset(), false }, { "after it acted", Fault.Reset().AfterActing(), true },
            { "500 after it acted", Fault.Answer(500).AfterActing(), true },
        { "409", Fault.Answer(409, """{"msg":"already scheduled"}"""), false }, { "423", Fault.Answer(423, """{"msg":"locked"}"""), false },
            { "429", Fault.TooManyRequests(), false },
    };

    [Theory]
    [MemberData(nameof(LostAnswers))]
    public async Task A_lost_answer_to_a_suspension_is_judged_by_a_look_and_money_ends_it_all_the_same(string when, Fault fault,
        bool isDone)
    {
        Assert.NotEmpty(when);
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        bench.VirtFusion.Faults.Add("POST", Suspend, fault, times: 1);
        await bench.SuspendAsync();
        Assert.Equal((isDone ? "suspended" : "ordered", isDone), (await bench.StateAsync(1001), bench.IsSuspended(1001)));

        bench.VirtFusion.ShiftWallet(1, 100);
        await bench.BeatAsync(1);
        await bench.Database.ExecuteAsync("update cron_service.suspensions set sent_at = sent_at - interval '1 minute'");
        await bench.SuspendAsync();
        await bench.SuspendAsync();
        Assert.Equal(("resumed", false), (await bench.StateAsync(1001), bench.IsSuspended(1001)));
    }

    // The order was sent and its answer lost, and the customer paid: the order may still be carried out.
    [Fact]
    public async Task An_order_that_is_carried_out_late_is_undone_when_the_customer_has_paid_meanwhile()
    {
        await using var bench = await CustomersBench.StartAsync(("Wallet:InDoubtWait", "00:05:00"));
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        bench.VirtFusion.Faults.Add("POST", Suspend, Fault.Reset(), times: 1);
        await bench.SuspendAsync();
        bench.VirtFusion.ShiftWallet(1, 100);
        await bench.BeatAsync(1);
        await bench.SuspendAsync();
        await bench.SuspendAsync();
        Assert.Equal("resuming", await bench.StateAsync(1001)); // It runs, and is looked after.

        bench.VirtFusion.Suspend(1001);
        await bench.SuspendAsync();
        await bench.Database.ExecuteAsync("update cron_service.suspensions set sent_at = sent_at - interval '6 minutes'");
        await bench.SuspendAsync();
        Assert.Equal(("resumed", false), (await bench.StateAsync(1001), bench.IsSuspended(1001)));
    }

    [Theory]
    [InlineData(true, "money")]
    [InlineData(false, "policy")]
    public async Task An_order_that_was_sent_is_taken_back_for_money_only_when_there_is_some(bool isPaid, string by)
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        bench.VirtFusion.Faults.Add("POST", Suspend, Fault.Reset(), times: 1);
        await bench.SuspendAsync();
        if (isPaid)
        {
            bench.VirtFusion.ShiftWallet(1, 100);
            await bench.BeatAsync(1);
        }
        else
            await bench.SetPolicyOffAsync();
        await bench.SuspendAsync();

        Assert.Equal(by, await bench.Database.ScalarAsync<string>("select resumed_by from cron_service.suspensions"));
    }

    [Fact]
    public async Task Two_processes_at_once_ask_VirtFusion_once()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        var other = bench.Panel.StartApp();
        var (gate, suspending) = await HoldOrderAsync(bench);
        await other.Get<PolicyRun>().OrderAsync(CustomersBench.Cancel);
        await other.Get<SuspensionSteps>().AdvanceDueAsync(CustomersBench.Cancel);
        gate.Open();
        await suspending;

        Assert.Equal((1, 1L), (bench.Posts("suspend"), await bench.Panel.CountAsync("cron_service.suspensions")));
    }

    // Frozen until its claim ran out, and another resumed meanwhile.
    [Fact]
    public async Task A_claim_that_was_taken_over_writes_nothing_and_its_order_is_not_sent_after_its_deadline()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        await bench.Get<PolicyRun>().OrderAsync(CustomersBench.Cancel);
        var id = await bench.Database.ScalarAsync<long>("select id from cron_service.suspensions");
        var frozen = (await bench.Get<SuspensionClaims>().TakeAsync(id, CustomersBench.Cancel))!;
        Assert.Null(await bench.Get<SuspensionClaims>().TakeAsync(id, CustomersBench.Cancel));
        await bench.Database.ExecuteAsync("update cron_service.suspensions set claimed_until = now() - interval '1 second'");
        Assert.NotNull(await bench.Get<SuspensionClaims>().TakeAsync(id, CustomersBench.Cancel));

        Assert.False(await bench.Get<SuspensionClaims>().SendAsync(frozen, new(1001, 101, IsSuspended: false, IsBuilt: true, null)));
        await bench.Get<SuspensionClaims>().WriteAsync(frozen, SuspensionState.Suspended, null);
        Assert.Equal("ordered", await bench.StateAsync(1001));
        Assert.Equal(("the claim ran out before it was sent", false), await bench.Get<VirtFusionClient>().OrderSuspensionAsync(
            1001, isSuspended: true, new SendDeadline(TimeProvider.System, TimeSpan.Zero), CustomersBench.Cancel));
        Assert.Equal(0, bench.Posts("suspend"));
    }

    /// <summary>Begins to suspend: the order waits at VirtFusion until the gate opens.</summary>
    private static async Task<(RequestGate Gate, Task Suspending)> HoldOrderAsync(CustomersBench bench)
    {
        var gate = new RequestGate();
        bench.VirtFusion.Faults.Add("POST", Suspend, Fault.Hold(gate), times: 1);
        var suspending = bench.SuspendAsync();
        await gate.WaitForArrivalsAsync(1, CustomersBench.Cancel);
        return (gate, suspending);
    }
}
