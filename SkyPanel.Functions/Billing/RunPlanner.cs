namespace SkyPanel.Functions.Billing;

/// <summary>Plans a run before it charges anything: holds hours that are stranded, too old or beyond a bound, and divides the rest into
/// portions.</summary>
/// <remarks><see cref="DueAmounts"/> computes exact sums without single hours, so a backlog of years costs a row per server and
/// month.</remarks>
public sealed class RunPlanner(CatchUp catchUp, Bounds bounds, DueAmounts amounts, IOptions<BillingOptions> options)
{
    /// <summary>Plans in the caller's transaction, under <see cref="ChargeLocks"/>, and leaves the due hours in <c>due</c>.</summary>
    public async Task<RunPlan> PlanAsync(NpgsqlConnection connection, RunScope run, CancellationToken ct)
    {
        if (await Bounds.HeldRunAsync(connection, ct) is { } holdId)
            return await PlanApprovedAsync(
                connection, run, [new(null,
                    $"hold {holdId} of an earlier run is still to be approved or rejected: nothing else is charged before")], ct);

        var lines = await StrandedHours.HoldAsync(connection, run.RunId, run.Cutoff, run.IsDryRun, ct);
        await SelectAsync(connection, run, ct);
        var late = await catchUp.HoldAsync(connection, run.RunId, run.Cutoff, run.IsDryRun, ct);
        lines.AddRange(late);
        if (late.Count > 0)
            await SelectAsync(connection, run, ct);
        if (bounds.AreSet)
        {
            await ComputeAmountsAsync(connection, ct);
            if (await bounds.FindAccountsAsync(connection, run.RunId, new(), ct) is { Count: > 0 } accounts)
            {
                lines.AddRange(await Bounds.HoldAsync(connection, run.RunId, accounts, run.IsDryRun, ct));
                await SelectAsync(connection, run, ct);
                await ComputeAmountsAsync(connection, ct);
            }
            if (await bounds.FindRunAsync(connection, run.RunId, new(), ct) is { Count: > 0 } excess)
            {
                lines.AddRange(await Bounds.HoldAsync(connection, run.RunId, excess, run.IsDryRun, ct));
                return await PlanApprovedAsync(connection, run, lines, ct);
            }
        }
        return new(false, lines, await Portion.PlanAsync(connection, options.Value.HoursPerTransaction, ct));
    }

    // Approved hours don't wait for the decision about a held run.
    private async Task<RunPlan> PlanApprovedAsync(NpgsqlConnection connection, RunScope run, List<HeldLine> lines, CancellationToken ct)
    {
        await Due.SelectAsync(connection, run.Cutoff, [], isOnlyApproved: true, Portion.All, ct);
        return new(true, lines, await Portion.PlanAsync(connection, options.Value.HoursPerTransaction, ct));
    }

    private static async Task SelectAsync(NpgsqlConnection connection, RunScope run, CancellationToken ct) =>
        await Due.SelectAsync(connection, run.Cutoff, await Bounds.HeldAccountsAsync(connection, ct), isOnlyApproved: false,
            Portion.All, ct);

    private async Task ComputeAmountsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await Pieces.CutAsync(connection, ct);
        await amounts.AddUpAsync(connection, ct);
    }
}

/// <param name="Cutoff">The exclusive end of the due hours, a full hour.</param>
public sealed record RunScope(long RunId, DateTimeOffset Cutoff, bool IsDryRun);

/// <param name="IsRunHeld">Whether only approved holds are charged.</param>
/// <param name="Lines">A line for each hold.</param>
public sealed record RunPlan(bool IsRunHeld, List<HeldLine> Lines, IReadOnlyList<Portion> Portions);
