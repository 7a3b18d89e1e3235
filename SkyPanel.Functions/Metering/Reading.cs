namespace SkyPanel.Functions.Metering;

/// <summary>What one reading of VirtFusion showed, before it is recorded.</summary>
/// <param name="ObservedAt">The database's clock just before the reading, whole seconds.</param>
/// <param name="States">Empty when VirtFusion could not be read: then nothing new is known.</param>
public sealed record Reading(
    DateTimeOffset ObservedAt, IReadOnlyList<ServerState> States, bool IsComplete, IReadOnlyList<MeteringProblem> Problems);
