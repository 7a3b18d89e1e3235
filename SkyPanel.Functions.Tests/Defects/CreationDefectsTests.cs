using SkyPanel.Functions.Tests.Billing;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Defects;

/// <summary>How a server begins and ends. Creating and deleting it is the panel's; what it costs until then is ours.</summary>
public sealed class CreationDefectsTests
{
    private const int CommissionFailed = 2;
    private static readonly DateTimeOffset Ten = At("2026-03-04 10:00");

    [Fact]
    public async Task C2_15_a_server_whose_creation_failed_costs_nothing_here()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 200m, Ten);
        panel.VirtFusion.SetCommissionStatus(1, CommissionFailed);

        await panel.BillAsync(Ten.AddHours(1));
        await panel.BillAsync(Ten.AddHours(5));

        Assert.Equal(0, await panel.CountAsync("cron_service.charges"));
        Assert.Equal(100_000, panel.VirtFusion.Wallet(1));
    }

    [Theory]
    [InlineData(true)]  // Only VirtFusion knows that it is gone: the panel never closed its record.
    [InlineData(false)] // The panel removed the record, and the server goes on in VirtFusion.
    public async Task C2_17_a_deleted_server_costs_nothing_from_when_it_was_last_seen(bool isGoneInVirtFusion)
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.BillAsync(Ten);
        await panel.BillAsync(Ten.AddHours(2));

        if (isGoneInVirtFusion)
            panel.VirtFusion.Delete(1);
        else
            await panel.Database.ExecuteAsync("delete from public.virtfusion_hourly_billing where virtfusion_server_id = 1");
        await panel.BillAsync(Ten.AddHours(26));

        Assert.Equal(2, await panel.CountAsync("cron_service.charges"));
        Assert.Equal(0.02m, await panel.ChargedAsync(1));
    }
}
