using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Computes the current month's forecast at the heartbeat after a billing run.</summary>
public sealed class ForecastTask(StoredForecasts forecasts) : IHeartbeatTask
{
    public string Name => "forecasting the month";

    public Task RunAsync(CancellationToken ct) => forecasts.FollowRunsAsync(ct);
}
