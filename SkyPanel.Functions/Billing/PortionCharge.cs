using SkyPanel.Functions.Panel;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Billing;

/// <summary>Charges one portion in the caller's transaction: due hours, billable time, charges, transfers and debits, the panel's rows.
/// Each step leaves a temporary table for the next one.</summary>
public sealed class PortionCharge(
    Charges charges, CatchUp catchUp, Bounds bounds, DueAmounts amounts, Debits debits, PanelRows panelRows)
{
    /// <param name="index">The portion of the plan.</param>
    /// <param name="part">Identifies this transaction within the run.</param>
    /// <param name="isSelected">Whether <c>due</c> was just selected for this portion.</param>
    /// <returns>Null when it would exceed the bound of the run: nothing was charged, and the next run plans the rest.</returns>
    public async Task<ChargeTotals?> ChargeAsync(
        NpgsqlTransaction transaction, RunScope run, RunPlan plan, int index, string part, bool isSelected, ChargedSoFar charged,
            CancellationToken ct)
    {
        var (connection, portion) = (transaction.Connection!, plan.Portions[index]);
        // What was held when the run was planned is left to the next one, which looks for stranded hours first.
        var isOnlyApproved = plan.IsRunHeld || await Bounds.HeldRunAsync(connection, ct) is not null;
        var waiting = await Bounds.HeldAccountsAsync(connection, ct);
        if (!isSelected)
            await Due.SelectAsync(connection, run.Cutoff, waiting, isOnlyApproved, portion, ct);
        await CutAsync(connection, run, ct);
        if (bounds.AreSet && !await IsWithinBoundsAsync(connection, run, portion, waiting, charged, ct))
            return null;

        await Postings.BeginAsync(connection, ct);
        await charges.ChargeAsync(connection, run.RunId, ct);
        var (servers, hours, amount) = await Postings.PostAsync(connection, run.RunId, part, run.Cutoff, ct);
        await MonthCosts.AdjustRunAsync(connection, run.RunId, part, ct);
        var isCut = await Due.IsCutAsync(connection, ct);
        await debits.OpenOfRunAsync(connection, run.RunId, portion.First, portion.Last, ct);
        await panelRows.WriteAsync(transaction, run.RunId, ct);
        return new(servers, hours, amount, isCut);
    }

    // Nothing is held for a server whose problem ended since the plan looked for old hours.
    private async Task CutAsync(NpgsqlConnection connection, RunScope run, CancellationToken ct)
    {
        await Pieces.CutAsync(connection, ct);
        if (await catchUp.LeaveOutAsync(connection, run.Cutoff, ct))
            await Pieces.CutAsync(connection, ct);
    }

    // More time may have been decided since the plan, so the sums of the transactions are compared again.
    private async Task<bool> IsWithinBoundsAsync(
        NpgsqlConnection connection, RunScope run, Portion portion, long[] waiting, ChargedSoFar charged, CancellationToken ct)
    {
        await amounts.AddUpAsync(connection, ct);
        if (await bounds.FindAccountsAsync(connection, run.RunId, charged, ct) is { Count: > 0 } excesses)
        {
            await Due.SelectAsync(connection, run.Cutoff, [.. waiting, .. excesses.Select(excess => excess.AccountId)],
                isOnlyApproved: false, portion, ct);
            await CutAsync(connection, run, ct);
            await amounts.AddUpAsync(connection, ct);
        }
        if ((await bounds.FindRunAsync(connection, run.RunId, charged, ct)).Count > 0)
            return false;

        await charged.AddAsync(connection, ct);
        return true;
    }
}

/// <summary>The sums of one transaction, or of several.</summary>
/// <param name="IsCut">Whether the portion has more due hours.</param>
public sealed record ChargeTotals(int Servers, long Hours, decimal Amount, bool IsCut);
