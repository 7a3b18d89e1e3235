using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Metering;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Simulates a month with other prices, another basis or another cap, beside what is in force.</summary>
public sealed class Simulations(MonthEngine engine, IOptions<MeteringOptions> metering)
{
    private const string UnknownPackagesSql = """
        select p.id from unnest(@package_ids) as p(id)
        where not exists (select from cron_service.terms t where t.package_id = p.id) order by p.id
        """;

    private const string CorrectedSql = "select count(distinct server_id)::integer from pg_temp.server_months";

    /// <summary>Computes a simulation in the caller's transaction, which must be rolled back.</summary>
    /// <param name="text">Like <c>2026-03</c>; null for the current month.</param>
    /// <exception cref="BadInputException">The month is out of range, a package is unknown, or a price is beyond the limit.</exception>
    public async Task<Simulation> ComputeAsync(NpgsqlConnection connection, string? text, Change change, CancellationToken ct)
    {
        var month = await CalendarMonth.ReadAsync(connection, text, ct);
        await RequirePackagesAsync(connection, change, ct);
        await MonthEngine.BeginAsync(connection, ct);
        await MonthInputs.FillAsync(connection, month, Change.None, goesOn: true, ct);
        var highest = await MonthInputs.HighestPriceAsync(connection, ct);
        await engine.ComputeAsync(connection, month, null, [], isSecond: false, ct);
        await MonthInputs.FillAsync(connection, month, change, goesOn: true, ct);
        var changed = await MonthInputs.HighestPriceAsync(connection, ct);
        if (changed > highest && changed > metering.Value.MaxMonthlyPrice)
            throw new BadInputException("priceFactor", string.Create(CultureInfo.InvariantCulture,
                $"makes a price of {changed}: {metering.Value.MaxMonthlyPrice} (Metering:MaxMonthlyPrice) is allowed at most"));
        await engine.ComputeAsync(connection, month, change.MonthlyCap, [], isSecond: true, ct);

        var total = await Comparison.TotalAsync(connection, ct);
        var customers = await Comparison.RowsAsync(connection, perServer: false, byDifference: true, ct);
        var servers = await Comparison.RowsAsync(connection, perServer: true, byDifference: true, ct);
        var corrected = (await connection.QueryLongAsync(CorrectedSql, row => row.GetInt32(0), ct))[0];
        return new(month.Text, total.First, total.Second, total.Second - total.First, total.Servers, corrected,
            customers.ConvertAll(row => new SimulatedCustomer(row.UserId, row.Servers, row.First, row.Second, row.Second - row.First)),
            servers.ConvertAll(row => new SimulatedServer(row.ServerId, row.UserId, row.First, row.Second, row.Second - row.First)));
    }

    private static async Task RequirePackagesAsync(NpgsqlConnection connection, Change change, CancellationToken ct)
    {
        var ids = change.Prices.Select(price => price.PackageId).ToArray();
        var unknown = await connection.QueryLongAsync(UnknownPackagesSql, row => row.GetInt32(0), ct, ("package_ids", ids));
        if (unknown.Count > 0)
            throw new BadInputException("prices", $"must name packages that a server has or had: no server has package {unknown[0]}");
    }
}
