namespace SkyPanel.Functions.Metering;

/// <summary>The servers that are taken over from the panel's own engine, and the hours that it billed: we never charge them.</summary>
/// <param name="Servers">The servers that are ours from now on.</param>
/// <param name="PassedOverServers">Those of them with hours that are passed over.</param>
/// <param name="PassedOverHours">Hours that the panel billed and we do not, of all servers.</param>
/// <param name="ByServer">The servers with the most such hours first; the first thousand.</param>
public sealed record TakeOver(int Servers, int PassedOverServers, decimal PassedOverHours, IReadOnlyList<ServerTakeOver> ByServer)
{
    public const int MaxListed = 1000;

    public override string ToString() =>
        FormattableString.Invariant($"{PassedOverHours} hours of {PassedOverServers} servers were billed by the panel and are passed over");
}

/// <summary>One server that is taken over.</summary>
/// <param name="OursFrom">Nothing before it is charged.</param>
/// <param name="Reason">The evidence that the panel billed until then; null when nothing is passed over.</param>
public sealed record ServerTakeOver(int ServerId, DateTime OursFrom, decimal PassedOverHours, string? Reason);
