using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Payments;
using SkyPanel.Functions.Tests.Payments;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>Who pays runs again with the payment, not with the next heartbeat. No heartbeat beats here unless the test says so.</summary>
public sealed class PaidResumptionTests
{
    [Fact]
    public async Task Who_pays_runs_again_at_once()
    {
        await using var payPal = await PayPalSimulator.StartAsync(ct: CustomersBench.Cancel);
        await using var bench = await SuspendedAsync(payPal);

        await PayAsync(bench, payPal);

        Assert.Equal(("resumed", false, 1), (await bench.StateAsync(1001), bench.IsSuspended(1001), bench.Posts("unsuspend")));
        Assert.Equal(Standing.Ok, (await bench.StandingAsync(1)).State);
    }

    [Fact]
    public async Task Where_that_fails_the_payment_stands_and_the_next_heartbeat_resumes()
    {
        await using var payPal = await PayPalSimulator.StartAsync(ct: CustomersBench.Cancel);
        await using var bench = await SuspendedAsync(payPal);
        bench.VirtFusion.Faults.Add("POST", "servers/1001/unsuspend", Fault.Answer(423, """{"msg":"locked"}"""), times: 1);

        await PayAsync(bench, payPal);
        Assert.Equal(("resuming", true), (await bench.StateAsync(1001), bench.IsSuspended(1001)));

        await bench.SuspendAsync();
        Assert.Equal(("resumed", false), (await bench.StateAsync(1001), bench.IsSuspended(1001)));
    }

    [Fact]
    public async Task Who_pays_too_little_stays_suspended()
    {
        await using var payPal = await PayPalSimulator.StartAsync(ct: CustomersBench.Cancel);
        await using var bench = await SuspendedAsync(payPal);
        bench.VirtFusion.ShiftWallet(1, -600);
        await bench.BeatAsync(1);

        await PayAsync(bench, payPal);

        Assert.Equal(("suspended", 0), (await bench.StateAsync(1001), bench.Posts("unsuspend")));
    }

    private static async Task<CustomersBench> SuspendedAsync(PayPalSimulator payPal)
    {
        var bench = await CustomersBench.StartAsync(PayPalBench.Settings(payPal));
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        await bench.SuspendAsync();
        Assert.Equal("suspended", await bench.StateAsync(1001));
        return bench;
    }

    private static async Task PayAsync(CustomersBench bench, PayPalSimulator payPal)
    {
        var id = await bench.PayAsync(payPal);
        Assert.Equal(TopUpState.Granted, (await bench.Get<TopUpQueries>().FindAsync(id, CustomersBench.Cancel))!.State);
        // Waits for what goes on beside, and stops nothing.
        await bench.Get<BackgroundRuns>().StopAsync(CustomersBench.Cancel);
    }
}
