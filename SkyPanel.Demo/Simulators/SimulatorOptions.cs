namespace SkyPanel.Demo.Simulators;

public sealed record SimulatorOptions
{
    /// <summary>The port on 127.0.0.1; 0 takes any free one. Default: 0.</summary>
    public int Port { get; init; }

    /// <summary>The only accepted bearer token. Default: <c>simulator</c>.</summary>
    public string ApiToken { get; init; } = "simulator";

    /// <summary>A JSON file that keeps servers and wallets over a restart. Default: none.</summary>
    public string? SnapshotPath { get; init; }

    /// <summary>Whether a credit that would make a balance negative is refused with 422. The real behaviour isn't documented. Default:
    /// no.</summary>
    public bool RefusesOverdrafts { get; init; }

    /// <summary>The seed of random faults: the same seed and requests give the same faults. Default: 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The clock for credits and latencies.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
