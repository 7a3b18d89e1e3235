using SkyPanel.Functions.Http;
using SkyPanel.Functions.Metering;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Simulates a month with other prices, another basis or another cap, and compares it with the month as it is.</summary>
public sealed class Simulations(MonthEngine engine, IOptions<MeteringOptions> metering, TimeProvider time)
{
    private const int TopTen = 10;

    private const string UnknownPackagesSql = """
        select p.id from unnest(@package_ids) as p(id)
        where not exists (select from cron_service.terms t where t.package_id = p.id) order by p.id
        """;

    private const string UnknownServersSql = """
        select p.id from unnest(@server_ids) as p(id)
        where not exists (select from cron_service.terms t where t.server_id = p.id and t.is_monthly) order by p.id
        """;

    private const string CorrectedSql = "select count(distinct server_id)::integer from pg_temp.server_months";

    /// <summary>Computes a simulation in the caller's transaction, which must be rolled back.</summary>
    /// <param name="text">Like <c>2026-03</c>; null for the current month.</param>
    /// <param name="most">The maximum number of customers, and of servers.</param>
    /// <exception cref="BadInputException">The month is out of range, a package or server is unknown, or a price is beyond the
    /// limit.</exception>
    public async Task<Simulation> ComputeAsync(NpgsqlConnection connection, string? text, Change change, int most, CancellationToken ct)
    {
        var beganAt = time.GetTimestamp();
        var month = await ObservedMonths.ReadAsync(connection, text, ct);
        await RequireKnownAsync(connection, change, ct);
        await MonthEngine.BeginAsync(connection, month, ct);
        await MonthInputs.FillAsync(connection, month, Change.None, goesOn: true, ct);
        var highest = await MonthInputs.HighestPriceAsync(connection, ct);
        await engine.ComputeAsync(connection, month, Change.None, [], isChanged: false, ct);
        await MonthInputs.FillAsync(connection, month, change, goesOn: true, ct);
        var changed = await MonthInputs.HighestPriceAsync(connection, ct);
        if (changed > highest && changed > metering.Value.MaxMonthlyPrice)
            throw new BadInputException("priceFactor", string.Create(CultureInfo.InvariantCulture,
                $"makes a price of {changed}: {metering.Value.MaxMonthlyPrice} (Metering:MaxMonthlyPrice) is allowed at most"));
        await engine.ComputeAsync(connection, month, change, [], isChanged: true, ct);

        var total = await Comparison.TotalAsync(connection, ct);
        var customers = await Comparison.RowsAsync(connection, perServer: false, byDifference: true, most, ct);
        var servers = await Comparison.RowsAsync(connection, perServer: true, byDifference: true, most, ct);
        var corrected = await connection.ScalarLongAsync<int>(CorrectedSql, ct);
        var affected = servers.ConvertAll(row => new SimulatedServer(row.ServerId, row.UserId, row.Base, row.Changed,
            row.Changed - row.Base));
        return new(month.Text, total.Base, total.Changed, total.Changed - total.Base, total.Servers, corrected,
            (long)time.GetElapsedTime(beganAt).TotalMilliseconds, [.. affected.Take(TopTen)],
            customers.ConvertAll(row => new SimulatedCustomer(row.UserId, row.Name, row.Servers, row.Base, row.Changed,
                row.Changed - row.Base)),
            affected);
    }

    private static async Task RequireKnownAsync(NpgsqlConnection connection, Change change, CancellationToken ct)
    {
        var packages = change.Prices.Where(price => price.PackageId is not null).Select(price => price.PackageId!.Value).ToArray();
        if (await connection.QueryLongAsync<int>(UnknownPackagesSql, ct, ("package_ids", packages)) is [var package, ..])
            throw new BadInputException("prices", $"must name packages that a server has or had: no server has package {package}");
        var servers = change.Prices.Where(price => price.ServerId is not null).Select(price => price.ServerId!.Value).ToArray();
        if (await connection.QueryLongAsync<int>(UnknownServersSql, ct, ("server_ids", servers)) is [var server, ..])
            throw new BadInputException("prices", $"must name servers with a monthly price: no such server {server} is known");
    }
}
