using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Panel;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Billing;

/// <summary>Charges one portion, step by step, in the caller's transaction: what is due, what is billable in it, its hours, its
/// transfers and debits, the panel's rows. Each step hands on a temporary table that ends with the transaction.</summary>
public sealed class PortionCharge(Charges charges, Bounds bounds, DueAmounts amounts, Debits debits, PanelRows panelRows)
{
    /// <param name="number">The number of this transaction within the run, from 0.</param>
    /// <param name="isSelected">True when <c>due</c> was just selected for this portion.</param>
    /// <returns>Null when it would exceed the bound of the run: nothing was charged, and the next run judges the rest.</returns>
    public async Task<Charged?> ChargeAsync(
        NpgsqlTransaction transaction, RunOrder run, Portion portion, int number, bool isSelected, Carried carried, CancellationToken ct)
    {
        var connection = transaction.Connection!;
        var isOnlyApproved = await Bounds.HeldRunAsync(connection, ct) is not null;
        var waiting = await Bounds.HeldAccountsAsync(connection, ct);
        if (!isSelected)
            await Due.SelectAsync(connection, run.Cutoff, waiting, isOnlyApproved, portion, ct);
        await Pieces.CutAsync(connection, ct);
        if (bounds.AreSet && !await IsWithinBoundsAsync(connection, run, portion, waiting, carried, ct))
            return null;

        await Postings.BeginAsync(connection, ct);
        await charges.ChargeAsync(connection, run.RunId, ct);
        var (servers, hours, amount) = await Postings.PostAsync(connection, run.RunId, number, run.Cutoff, ct);
        await MonthCosts.AdjustRunAsync(connection, run.RunId, number, ct);
        var isCut = await Due.IsCutAsync(connection, ct);
        await debits.OpenOfRunAsync(connection, run.RunId, portion.First, portion.Last, ct);
        await panelRows.WriteAsync(transaction, run.RunId, ct);
        return new(servers, hours, amount, isCut);
    }

    // The run was judged whole, but more time may have been decided since: what its transactions charge is added up and judged again.
    private async Task<bool> IsWithinBoundsAsync(
        NpgsqlConnection connection, RunOrder run, Portion portion, long[] waiting, Carried carried, CancellationToken ct)
    {
        await amounts.AddUpAsync(connection, ct);
        if (await bounds.AccountsBeyondAsync(connection, run.RunId, carried, ct) is { Count: > 0 } beyond)
        {
            await Due.SelectAsync(connection, run.Cutoff, [.. waiting, .. beyond.Select(excess => excess.AccountId)],
                isOnlyApproved: false, portion, ct);
            await Pieces.CutAsync(connection, ct);
            await amounts.AddUpAsync(connection, ct);
        }
        if ((await bounds.RunBeyondAsync(connection, run.RunId, carried, ct)).Count > 0)
            return false;

        await carried.AddAsync(connection, ct);
        return true;
    }
}

/// <summary>What one transaction charged.</summary>
/// <param name="IsCut">True when its portion has more that is due.</param>
public sealed record Charged(int Servers, long Hours, decimal Amount, bool IsCut);
