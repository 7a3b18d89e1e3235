using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Compares what this app would have charged before the take-over with what the panel's own engine billed.</summary>
public sealed class Shadows(Charges charges, IOptions<LedgerOptions> ledger, TimeProvider time)
{
    /// <summary>Computes the comparison in the caller's transaction, which must be rolled back.</summary>
    /// <param name="most">The maximum number of customers, and of server-days.</param>
    /// <exception cref="BadInputException">The range is malformed, or was not observed.</exception>
    public async Task<Shadow> ComputeAsync(
        NpgsqlConnection connection, DateTimeOffset? from, DateTimeOffset? to, int most, CancellationToken ct)
    {
        var beganAt = time.GetTimestamp();
        if (await ObservedRange.ReadAsync(connection, from, to, ct) is not { } range)
            return new(ShadowFigures.None, null, null, 0, 0, (long)time.GetElapsedTime(beganAt).TotalMilliseconds, [], []);
        await ObservedTime.FillAsync(connection, range.From, ct);
        await Due.SelectAsync(connection, range.Until, [], isOnlyApproved: false, Portion.All, ct, ChargeInputs.Replay);
        await Pieces.CutAsync(connection, ct, ChargeInputs.Replay);
        await Postings.BeginAsync(connection, ct);
        await charges.AddUpByDayAsync(connection, ChargeInputs.Replay, ct);
        await PanelCharges.ReadAsync(connection, range.From, range.Until, null, ct);
        await ShadowRows.JoinAsync(connection, range, ct);

        (string, object?)[] parameters = [("tokens_per_unit", (decimal)ledger.Value.TokensPerCurrencyUnit), ("most", most)];
        var (figures, servers, transactions) = await connection.ScalarLongAsync<ShadowRows.Total>(ShadowRows.TotalSql, ct, parameters);
        return new(figures, range.From, range.Until, servers, transactions, (long)time.GetElapsedTime(beganAt).TotalMilliseconds,
            await connection.QueryLongAsync<ShadowCustomer>(ShadowRows.CustomersSql, ct, parameters),
            await connection.QueryLongAsync<ShadowDay>(ShadowRows.DaysSql, ct, parameters));
    }
}
