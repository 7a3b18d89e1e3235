namespace SkyPanel.Functions.Customers;

/// <summary>Resumes the servers of accounts that paid and suspends those of due accounts at each heartbeat.</summary>
public sealed class SuspensionsTask(SuspensionOrders orders, PolicyRun policy, SuspensionSteps steps)
{
    public async Task RunAsync(CancellationToken ct)
    {
        await orders.ResumePaidAsync(null, ct);
        await policy.OrderAsync(ct);
        await steps.AdvanceDueAsync(ct);
    }
}
