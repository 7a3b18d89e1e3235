namespace SkyPanel.Functions.Billing;

/// <summary>The run may write no more: its lease ran out, and another run may have taken over.</summary>
public sealed class LeaseLostException(string job) : Exception($"the lease of {job} was lost: another run has taken over, this one stopped before writing");
