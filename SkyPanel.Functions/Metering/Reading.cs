using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Metering;

/// <summary>One reading of VirtFusion, before it is recorded.</summary>
/// <param name="ObservedAt">When it began, by the database's clock, in whole seconds.</param>
/// <param name="States">Empty when VirtFusion could not be read.</param>
/// <param name="AsOf">The instant of the reading; null, in production, for the database's clock.</param>
public sealed record Reading(
    DateTimeOffset ObservedAt, IReadOnlyList<ServerState> States, bool IsComplete, IReadOnlyList<RunError> Problems,
        DateTimeOffset? AsOf = null);
