namespace SkyPanel.Functions.VirtFusion;

/// <summary>All servers that could be read.</summary>
public sealed record ServerList
{
    /// <summary>The servers that were read, each once.</summary>
    public required IReadOnlyList<VirtFusionServer> Servers { get; init; }

    /// <summary>The time of the request that returned each of <see cref="Servers"/>, in the same order.</summary>
    public required IReadOnlyList<RequestTime> Requests { get; init; }

    /// <summary>Servers whose item could not be read, or was listed twice with different contents. They exist; nothing else is
    /// known.</summary>
    public required IReadOnlySet<int> UnreadServerIds { get; init; }

    /// <summary>True when no page had any other id than those in <see cref="Servers"/> and <see cref="UnreadServerIds"/>. Pages shift while
    /// they are read, so a lookup must still confirm that a missing server is gone.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>One line per failure to read.</summary>
    public required IReadOnlyList<string> Errors { get; init; }
}
