namespace SkyPanel.Demo.Simulators;

/// <summary>How a <see cref="VirtFusionSimulator"/> is started.</summary>
public sealed record SimulatorOptions
{
    /// <summary>The port on 127.0.0.1; 0 takes any free one. Default: 0.</summary>
    public int Port { get; init; }

    /// <summary>The only bearer token that is let in. Default: <c>simulator</c>.</summary>
    public string ApiToken { get; init; } = "simulator";

    /// <summary>A JSON file that keeps servers and wallets over a restart. Default: none, everything is forgotten.</summary>
    public string? SnapshotPath { get; init; }

    /// <summary>Whether a credit that would take a wallet below zero is refused with 422; what the real one does isn't documented. Default:
    /// no.</summary>
    public bool RefusesOverdrafts { get; init; }

    /// <summary>Where faults that strike at random begin; the same seed and the same requests fail alike. Default: 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Stamps credits, and times latency.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
