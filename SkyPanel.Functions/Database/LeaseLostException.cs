namespace SkyPanel.Functions.Database;

/// <summary>Thrown when a run may not write any more: its lease expired, and another run may have taken over.</summary>
public sealed class LeaseLostException(string job)
    : Exception($"the lease of {job} was lost: it stopped before it wrote more; what it had committed stands");
