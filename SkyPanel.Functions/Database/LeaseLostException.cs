namespace SkyPanel.Functions.Database;

/// <summary>The run may write no more: its lease ran out, and another run may have taken over.</summary>
public sealed class LeaseLostException(string job)
    : Exception($"the lease of {job} was lost: it stopped before it wrote more; what it had committed stands");
