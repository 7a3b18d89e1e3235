using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Metering;

namespace SkyPanel.Functions.Billing;

/// <summary>The result of a run.</summary>
/// <param name="Cutoff">The exclusive end of the due hours.</param>
/// <param name="HasReading">False when VirtFusion could not be read, and the run billed up to the last observation.</param>
/// <param name="Servers">The number of servers with at least one charged hour.</param>
/// <param name="Amount">Currency units.</param>
/// <param name="Notes">Notes about servers that were not billable when first seen.</param>
public sealed record BillingResult(
    DateTimeOffset Cutoff, bool HasReading, bool IsRunHeld, int Servers, long Hours, decimal Amount, long TokensDebited,
    IReadOnlyList<HeldLine> Held, IReadOnlyList<RunError> Problems, IReadOnlyList<string> Notes)
{
    /// <summary>The servers that were not ours before, and what the panel had billed for them; null when every server was ours.</summary>
    public TakeOver? TakeOver { get; init; }

    /// <summary>Whether billing was paused during the delivery, so that debits are left.</summary>
    public bool IsPaused { get; init; }
}
