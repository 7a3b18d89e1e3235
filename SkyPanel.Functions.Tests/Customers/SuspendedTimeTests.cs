using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Tests.Billing;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>What a server costs around its suspension by this app, when no reading of all servers falls into it: by the ledger's
/// seconds.</summary>
public sealed class SuspendedTimeTests
{
    private static readonly DateTimeOffset First = CustomersBench.Hour.AddHours(-4);

    // Seen running at the first hour's beginning and suspended 20 minutes later; the next reading, two hours after the first, shows it
    // running. Seconds of the first hour and of the second.
    [Theory]
    [InlineData(Scenario.Paid, 1200 + 600, 3600)] // Resumed 50 minutes after the hour's beginning.
    [InlineData(Scenario.ResumedUnseen, 1200, 0)]
    [InlineData(Scenario.Frozen, 1200, 0)]
    [InlineData(Scenario.Refused, 3600, 3600)]
    public async Task The_time_from_the_order_to_suspend_until_the_server_is_seen_running_costs_nothing(Scenario scenario, int first,
        int second)
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.Panel.AddUserAsync(1, 10);
        await bench.Panel.AddServerAsync(1001, 1, 73, First.AddHours(-2));
        await bench.Panel.BillAsync(First);
        await bench.DueAsync(1);
        var gate = new RequestGate();
        if (scenario is Scenario.Refused)
            bench.VirtFusion.Faults.Add("POST", "servers/1001/suspend", Fault.Answer(423, """{"msg":"locked"}"""));
        else if (scenario is not Scenario.Paid)
            bench.VirtFusion.Faults.Add("POST", "servers/1001/suspend", Fault.Hold(gate).AfterActing());
        var suspending = bench.SuspendAsync();
        if (scenario is Scenario.ResumedUnseen or Scenario.Frozen)
        {
            await gate.WaitForArrivalsAsync(1, CustomersBench.Cancel);
            bench.VirtFusion.Faults.Add("GET", "servers/1001", Fault.Answer(503).With("Retry-After", "0"));
        }
        if (scenario is Scenario.ResumedUnseen)
            gate.Open();
        if (scenario is not Scenario.Frozen)
            await suspending;
        await MoveAsync(bench, 20);
        if (scenario is Scenario.Paid)
        {
            Assert.Equal("suspended", await bench.StateAsync(1001));
            bench.VirtFusion.ShiftWallet(1, 1000);
            await bench.Database.ExecuteAsync("update cron_service.wallet_readings set tokens = 990");
            await bench.SuspendAsync();
            Assert.Equal("resumed", await bench.StateAsync(1001));
            await MoveAsync(bench, 50);
        }
        bench.VirtFusion.Faults.Clear();
        bench.VirtFusion.Unsuspend(1001);

        await bench.Panel.BillAsync(First.AddHours(2));

        var hours = (await bench.Panel.HoursAsync(1001)).ToDictionary(hour => hour.Hour, hour => hour.Seconds);
        Assert.InRange(hours.GetValueOrDefault(First.UtcDateTime), first - 10, first);
        Assert.Equal(second, hours.GetValueOrDefault(First.UtcDateTime.AddHours(1)));
        gate.Open();
        await suspending;
    }

    // A refused order is recorded as a time that costs nothing, though the server runs.
    [Theory]
    [InlineData(403, new[] { 1, 2, 4, 8, 16, 32, 64, 64 })]
    [InlineData(423, new[] { 1, 2 })]
    [InlineData(503, new[] { 1, 1, 1 })] // Perhaps carried out.
    public async Task An_order_that_VirtFusion_refuses_is_sent_again_after_twice_the_wait_up_to_an_hour(int status, int[] minutes)
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        bench.VirtFusion.Faults.Add("POST", "servers/1001/suspend", Fault.Answer(status, """{"msg":"no"}"""));
        var waits = new List<int>();
        for (var order = 0; order < minutes.Length; order++)
        {
            await bench.SuspendAsync();
            await bench.Get<ClockRepairs>().RepairAsync(CustomersBench.Cancel);
            waits.Add(await bench.Database.ScalarAsync<int>(
                "select round(extract(epoch from next_look_at - now()) / 60)::integer from cron_service.suspensions"));
        }
        Assert.Equal((minutes.Length, "ordered"), (bench.Posts("suspend"), await bench.StateAsync(1001)));
        Assert.Equal(minutes, waits);

        bench.VirtFusion.Faults.Clear();
        await bench.SuspendAsync();
        Assert.Equal("suspended", await bench.StateAsync(1001));
    }

    // VirtFusion refuses further orders while it carries out the first one.
    [Fact]
    public async Task A_refused_order_that_takes_effect_later_is_confirmed_after_the_next_reading_and_who_paid_is_resumed()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        bench.VirtFusion.Faults.Add("POST", "servers/1001/suspend", Fault.Answer(409, """{"msg":"an order is in progress"}"""));
        for (var order = 0; order < 4; order++)
            await bench.SuspendAsync();
        await bench.Database.ExecuteAsync("""
            update cron_service.suspensions set sent_at = sent_at - interval '5 minutes';
            update cron_service.uptime set started_at = started_at - interval '5 minutes', seen_until = seen_until - interval '5 minutes'
            """);
        await bench.Get<SuspensionsTask>().RunAsync(CustomersBench.Cancel);
        Assert.Equal((4, "ordered"), (bench.Posts("suspend"), await bench.StateAsync(1001)));

        bench.VirtFusion.Suspend(1001);
        bench.VirtFusion.ShiftWallet(1, 1000);
        await bench.BeatAsync(1);
        await bench.Get<SuspensionsTask>().RunAsync(CustomersBench.Cancel);

        Assert.Equal((4, "resumed", false), (bench.Posts("suspend"), await bench.StateAsync(1001), bench.IsSuspended(1001)));
    }

    public enum Scenario
    {
        Paid,

        /// <summary>The look-up after the order fails, and somebody else resumes the server.</summary>
        ResumedUnseen,

        /// <summary>The process freezes before the order's answer, and somebody else resumes the server.</summary>
        Frozen,
        Refused,
    }

    /// <summary>What has just been observed seems to have been so many minutes after the first hour's beginning.</summary>
    private static Task<int> MoveAsync(CustomersBench bench, int minute) => bench.Database.ExecuteAsync("""
        update cron_service.uptime
        set started_at = case when started_at > @since then started_at - m.by else started_at end,
            seen_until = case when seen_until > @since then seen_until - m.by else seen_until end
        from (select max(seen_until) - @at as by from cron_service.uptime) m
        """, ("since", CustomersBench.Hour.AddHours(-1).UtcDateTime), ("at", First.AddMinutes(minute).UtcDateTime));
}
