using Npgsql;
using SkyPanel.Functions.Billing;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Forecasts what a month will bring.</summary>
public sealed class Forecasts(MonthEngine engine)
{
    /// <summary>Computes a forecast in the caller's transaction, which must be rolled back.</summary>
    /// <param name="text">Like <c>2026-03</c>; null for the current month.</param>
    public async Task<Forecast> ComputeAsync(NpgsqlConnection connection, string? text, CancellationToken ct)
    {
        var month = await CalendarMonth.ReadAsync(connection, text, ct);
        await MonthEngine.BeginAsync(connection, ct);
        await MonthInputs.FillAsync(connection, month, Change.None, goesOn: false, ct);
        await engine.ComputeAsync(connection, month, null, await Bounds.HeldAccountsAsync(connection, ct), isSecond: false, ct);
        await MonthInputs.FillAsync(connection, month, Change.None, goesOn: true, ct);
        await engine.ComputeAsync(connection, month, null, [], isSecond: true, ct);

        var total = await Comparison.TotalAsync(connection, ct);
        var customers = await Comparison.RowsAsync(connection, perServer: false, byDifference: false, ct);
        var servers = await Comparison.RowsAsync(connection, perServer: true, byDifference: false, ct);
        return new(month.Text, total.First, total.Second, total.Servers,
            customers.ConvertAll(row => new ForecastCustomer(row.UserId, row.Servers, row.First, row.Second)),
            servers.ConvertAll(row => new ForecastServer(row.ServerId, row.UserId, row.First, row.Second)));
    }
}
