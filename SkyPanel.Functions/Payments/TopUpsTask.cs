using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Payments;

/// <summary>Takes the steps of top-ups that a webhook or a return asked to look at, each minute and also while the job is
/// disabled.</summary>
public sealed class TopUpsTask(TopUpSteps steps) : IHeartbeatTask
{
    public string Name => "following top-ups";

    public Task RunAsync(CancellationToken ct) => steps.AdvanceDueAsync(onlyWoken: true, ct);
}
