using SkyPanel.Functions.Metering;

namespace SkyPanel.Functions.Billing;

/// <summary>What a run did.</summary>
/// <param name="Cutoff">Exclusive end of the hours that were due.</param>
/// <param name="HasReading">False when VirtFusion told nothing: the run billed up to what was last seen.</param>
/// <param name="Servers">With at least one hour charged.</param>
/// <param name="Amount">Currency units.</param>
/// <param name="Notes">Servers that were not billable when first seen.</param>
public sealed record BillingResult(
    DateTimeOffset Cutoff, bool HasReading, bool IsRunHeld, int Servers, long Hours, decimal Amount, long TokensDebited,
    IReadOnlyList<HeldLine> Held, IReadOnlyList<MeteringProblem> Problems, IReadOnlyList<string> Notes)
{
    /// <summary>What the panel had billed of servers that were not ours yet; null when every server was.</summary>
    public TakeOver? TakeOver { get; init; }

    /// <summary>Somebody paused billing while it delivered: debits are left.</summary>
    public bool IsPaused { get; init; }
}
