namespace SkyPanel.Functions.Metering;

/// <summary>What the panel's own engine had billed when servers became ours, and is never charged by us.</summary>
/// <param name="Servers">That become ours.</param>
/// <param name="ServersPassedOver">Those of them of which time is passed over.</param>
/// <param name="Hours">Of all of them, two decimals.</param>
/// <param name="ByServer">Those with the most hours first; the first thousand.</param>
public sealed record PassedOver(int Servers, int ServersPassedOver, decimal Hours, IReadOnlyList<ServerPassedOver> ByServer)
{
    public const int MostListed = 1000;

    public override string ToString() =>
        FormattableString.Invariant($"{Hours} hours of {ServersPassedOver} servers were billed by the panel and are passed over");
}

/// <summary>From when on one server is ours to bill.</summary>
/// <param name="Reason">What says so; null when nothing is passed over.</param>
public sealed record ServerPassedOver(int ServerId, DateTime OursFrom, decimal Hours, string? Reason);
