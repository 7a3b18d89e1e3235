using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Payments;

/// <summary>Takes the steps of woken top-ups at each heartbeat, also while the job is disabled.</summary>
public sealed class TopUpsTask(TopUpSteps steps) : IHeartbeatTask
{
    public string Name => "following top-ups";

    public Task RunAsync(CancellationToken ct) => steps.AdvanceDueAsync(onlyWoken: true, ct);
}
