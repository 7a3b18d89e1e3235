namespace SkyPanel.Functions.Customers;

/// <summary>Resumes the servers of accounts that paid and suspends those of due accounts at each heartbeat.</summary>
public sealed class SuspensionsTask(SuspensionOrders orders, PolicyRun policy, SuspensionSteps steps)
{
    public async Task RunAsync(CancellationToken ct)
    {
        await orders.ResumePaidAsync(null, ct);
        await steps.AdvanceDueAsync(ct);
        // Reads the interlock, at VirtFusion: who paid doesn't wait for it.
        if (await policy.OrderAsync(ct) > 0)
            await steps.AdvanceDueAsync(ct);
    }
}
