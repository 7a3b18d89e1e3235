namespace SkyPanel.Functions.VirtFusion;

/// <summary>All servers, as far as they could be read.</summary>
public sealed record ServerList
{
    /// <summary>The servers that were read, each once.</summary>
    public required IReadOnlyList<VirtFusionServer> Servers { get; init; }

    /// <summary>When the page was asked for that showed each of <see cref="Servers"/>, in the same order.</summary>
    public required IReadOnlyList<RequestTime> Requests { get; init; }

    /// <summary>Servers that VirtFusion listed but whose item could not be read, or was listed twice with different contents:
    /// they exist, and nothing else is known.</summary>
    public required IReadOnlySet<int> UnreadServerIds { get; init; }

    /// <summary>True when an id that is neither in <see cref="Servers"/> nor in <see cref="UnreadServerIds"/> was in no page. Pages
    /// shift while they are read, so a look-up must still confirm that such a server is gone.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>One line for each thing that could not be read.</summary>
    public required IReadOnlyList<string> Errors { get; init; }
}
