namespace SkyPanel.Functions.Metering;

/// <summary>What one reading of VirtFusion showed, before it is recorded.</summary>
/// <param name="ObservedAt">When it began, by the database's clock, whole seconds.</param>
/// <param name="States">Empty when VirtFusion could not be read: then nothing new is known.</param>
/// <param name="AsOf">The instant that all of it is said to be of; null, in production, for what the database's clock says.</param>
public sealed record Reading(
    DateTimeOffset ObservedAt, IReadOnlyList<ServerState> States, bool IsComplete, IReadOnlyList<MeteringProblem> Problems,
        DateTimeOffset? AsOf = null);
