namespace SkyPanel.Functions.Jobs;

/// <summary>What a job takes over from the panel's own engine when an admin enables it: from when on each server is ours, and what was
/// billed before and is never charged again.</summary>
/// <param name="Servers">That are ours from now on.</param>
/// <param name="PassedOverServers">Those of them of which hours are passed over.</param>
/// <param name="PassedOverHours">Hours that the panel billed and we do not, of all servers.</param>
/// <param name="ByServer">Those with the most such hours first; the first thousand.</param>
public sealed record TakeOver(int Servers, int PassedOverServers, decimal PassedOverHours, IReadOnlyList<ServerTakeOver> ByServer);

/// <summary>One server that is taken over.</summary>
/// <param name="OursFrom">Nothing before it is charged.</param>
/// <param name="Reason">What says that the panel billed until then; null when nothing is passed over.</param>
public sealed record ServerTakeOver(int ServerId, DateTime OursFrom, decimal PassedOverHours, string? Reason);
