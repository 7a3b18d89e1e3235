using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Metering;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Serves forecasts and simulations of a month over HTTP.</summary>
public sealed class WhatIfFunctions(
    Gate gate, ScratchTransaction scratch, StoredForecasts stored, Forecasts forecasts, Simulations simulations,
    IOptions<MeteringOptions> metering)
{
    private const int MaxFactor = 100;

    /// <summary>Forecasts the cost of a month.</summary>
    /// <remarks>Computed by the statements of a billing run, without its bounds. No run waits for it. The latest of each month is stored,
    /// that of the current month after each billing run: <c>stored=true</c> returns it at once, whatever the fleet. The customers and
    /// servers with the highest expected amounts are listed; the sums include all.</remarks>
    [Function("GetForecast")]
    [Operation(Role.Viewer, Query = typeof(ForecastQuery), Refuses = [409])]
    [Answer(200, typeof(Forecast))]
    [Answer(204, typeof(void))]
    [Answer(200, typeof(string), "text/csv")]
    public Task<IResult> ForecastAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/billing/forecast")] HttpRequest request) =>
        gate.EnterAsync<ForecastQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var isCsv = Csv.IsWanted(request, query.Format);
            var answer = isCsv
                ? await scratch.TryAsync(connection => forecasts.ComputeAsync(connection, query.Month, Csv.MaxRows, ct), ct)
                : query.Stored ? await stored.FindAsync(query.Month, ct) : await stored.ComputeAsync(query.Month, ct);
            return answer switch
            {
                null when query.Stored && !isCsv => Results.NoContent(),
                null => ScratchTransaction.Busy(request),
                var forecast when !isCsv => ApiJson.Ok(forecast.Limited(query.Limit)),
                var forecast => query.List == "servers"
                    ? Csv.Answer("forecast-servers.csv", forecast.MostExpensive) : Csv.Answer("forecast-customers.csv", forecast.Customers),
            };
        });

    /// <summary>Simulates a month with other prices, another basis, another cap or another rule for the first hour.</summary>
    /// <remarks>Computed by the statements of a billing run, without its bounds. Nothing is stored, and no run waits for it. Servers that
    /// were last seen running go on until the month ends. The charged hours of a server keep their amounts when some of them were
    /// corrected to another price. The customers and servers whose amounts change most are listed; the sums include all.</remarks>
    [Function("SimulateMonth")]
    [Operation(Role.Operator, Query = typeof(SimulationQuery), Body = typeof(SimulationBody), Refuses = [409])]
    [Answer(200, typeof(Simulation))]
    [Answer(200, typeof(string), "text/csv")]
    public Task<IResult> SimulateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/billing/simulations")] HttpRequest request) =>
        gate.EnterAsync<SimulationQuery>(request, Role.Operator, async (_, query, ct) =>
        {
            var body = await ApiJson.ReadAsync<SimulationBody>(request);
            var change = Read(body);
            var isCsv = Csv.IsWanted(request, query.Format);
            var most = isCsv ? Csv.MaxRows : query.Limit;
            return await scratch.TryAsync(connection => simulations.ComputeAsync(connection, body.Month, change, most, ct), ct) switch
            {
                null => ScratchTransaction.Busy(request),
                var simulation when !isCsv => ApiJson.Ok(simulation),
                var simulation => query.List == "servers"
                    ? Csv.Answer("simulation-servers.csv", simulation.MostAffected)
                        : Csv.Answer("simulation-customers.csv", simulation.Customers),
            };
        });

    private Change Read(SimulationBody body)
    {
        if (body.PriceFactor is <= 0 or > MaxFactor || body.PriceFactor is { } factor && factor != Money.Round6(factor))
            throw new BadInputException("priceFactor", string.Create(CultureInfo.InvariantCulture,
                $"must be more than 0 and {MaxFactor} at most, with six decimals at most"));
        var prices = body.Prices ?? [];
        var highest = metering.Value.MaxMonthlyPrice;
        if (prices.Any(price => price is null || price.PackageId is null == price.ServerId is null
            || price.Price is not { } amount || amount < 0 || amount > highest || amount != Money.Round6(amount)))
            throw new BadInputException("prices", string.Create(CultureInfo.InvariantCulture,
                $"must each have a packageId or a serverId, and a price from 0 to {highest} (Metering:MaxMonthlyPrice), with six " +
                    $"decimals at most"));
        if (prices.DistinctBy(price => (price.PackageId, price.ServerId)).Count() < prices.Length)
            throw new BadInputException("prices", "must name each package and each server once");
        return new(body.PriceFactor ?? 1, prices, body.HoursPerMonth, body.MonthlyCap, body.FirstHourPrepaid);
    }
}
