using Microsoft.Extensions.Options;
using Npgsql;

namespace SkyPanel.Functions.Billing;

/// <summary>Judges a whole run before it charges anything: holds hours that are stranded, too old or beyond a bound, and divides the
/// rest into portions.</summary>
/// <remarks>Sums are exact without unfolding hours (<see cref="DueAmounts"/>), so a backlog of years costs a row a server and
/// month.</remarks>
public sealed class Judgement(CatchUp catchUp, Bounds bounds, DueAmounts amounts, IOptions<BillingOptions> options)
{
    /// <summary>Judges in the caller's transaction, under <see cref="ChargeLocks"/>; leaves what is due in <c>due</c>.</summary>
    public async Task<Verdict> JudgeAsync(NpgsqlConnection connection, RunOrder run, CancellationToken ct)
    {
        if (await Bounds.HeldRunAsync(connection, ct) is { } holdId)
            return await WhileHeldAsync(
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
            await MeasureAsync(connection, ct);
            if (await bounds.AccountsBeyondAsync(connection, run.RunId, new(), ct) is { Count: > 0 } accounts)
            {
                lines.AddRange(await Bounds.HoldAsync(connection, run.RunId, accounts, run.IsDryRun, ct));
                await SelectAsync(connection, run, ct);
                await MeasureAsync(connection, ct);
            }
            if (await bounds.RunBeyondAsync(connection, run.RunId, new(), ct) is { Count: > 0 } excess)
            {
                lines.AddRange(await Bounds.HoldAsync(connection, run.RunId, excess, run.IsDryRun, ct));
                return await WhileHeldAsync(connection, run, lines, ct);
            }
        }
        return new(false, lines, await Portion.PlanAsync(connection, options.Value.HoursPerTransaction, ct));
    }

    // What a person has approved never waits for what has still to be decided.
    private async Task<Verdict> WhileHeldAsync(NpgsqlConnection connection, RunOrder run, List<HeldLine> lines, CancellationToken ct)
    {
        await Due.SelectAsync(connection, run.Cutoff, [], isOnlyApproved: true, Portion.All, ct);
        return new(true, lines, await Portion.PlanAsync(connection, options.Value.HoursPerTransaction, ct));
    }

    private static async Task SelectAsync(NpgsqlConnection connection, RunOrder run, CancellationToken ct) =>
        await Due.SelectAsync(connection, run.Cutoff, await Bounds.HeldAccountsAsync(connection, ct), isOnlyApproved: false,
            Portion.All, ct);

    private async Task MeasureAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await Pieces.CutAsync(connection, ct);
        await amounts.AddUpAsync(connection, ct);
    }
}

/// <summary>A run as its steps know it.</summary>
/// <param name="Cutoff">Exclusive end of the hours that are due, a full hour.</param>
public sealed record RunOrder(long RunId, DateTimeOffset Cutoff, bool IsDryRun);

/// <summary>What a run may charge.</summary>
/// <param name="IsRunHeld">True: only approved holds are charged.</param>
public sealed record Verdict(bool IsRunHeld, List<HeldLine> Lines, IReadOnlyList<Portion> Portions);
