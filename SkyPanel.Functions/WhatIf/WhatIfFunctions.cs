using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Metering;

namespace SkyPanel.Functions.WhatIf;

/// <summary>What a month will bring, and what other prices would bring, over HTTP.</summary>
public sealed class WhatIfFunctions(
    Gate gate, ScratchTransaction scratch, Forecasts forecasts, Simulations simulations, IOptions<MeteringOptions> metering)
{
    private const int HighestFactor = 100;

    /// <summary>Forecasts what a month will bring.</summary>
    /// <remarks>Computed by the statements of a billing run, without its bounds. Nothing is kept, and no run waits for it. The 1,000
    /// customers and servers with the highest expected amounts are listed; the sums are those of all.</remarks>
    [Function("GetForecast")]
    [Operation(Role.Viewer, Query = typeof(ForecastQuery), Refuses = [409])]
    [Answer(200, typeof(Forecast))]
    public Task<IResult> ForecastAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/billing/forecast")] HttpRequest request) =>
        gate.EnterAsync<ForecastQuery>(request, Role.Viewer, async (_, query, ct) =>
            await scratch.TryAsync(connection => forecasts.ComputeAsync(connection, query.Month, ct), ct) is { } forecast
                ? ApiJson.Ok(forecast) : Problem.Conflict(ScratchTransaction.Busy));

    /// <summary>Simulates a month with other prices, another basis or another cap.</summary>
    /// <remarks>Computed by the statements of a billing run, without its bounds. Nothing is kept, and no run waits for it. Servers that
    /// were last seen running go on until the month ends. The charged hours of a server keep their amount when some of them were
    /// corrected to another price. The 1,000 customers and servers whose amounts change most are listed; the sums are those of all.</remarks>
    [Function("SimulateMonth")]
    [Operation(Role.Operator, Body = typeof(SimulationBody), Refuses = [409])]
    [Answer(200, typeof(Simulation))]
    public Task<IResult> SimulateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/billing/simulations")] HttpRequest request) =>
        gate.EnterAsync(request, Role.Operator, async (_, _) =>
        {
            var body = await ApiJson.ReadAsync<SimulationBody>(request);
            var (change, ct) = (Read(body), request.HttpContext.RequestAborted);
            return await scratch.TryAsync(connection => simulations.ComputeAsync(connection, body.Month, change, ct), ct) is { } simulation
                ? ApiJson.Ok(simulation) : Problem.Conflict(ScratchTransaction.Busy);
        });

    private Change Read(SimulationBody body)
    {
        if (body.PriceFactor is <= 0 or > HighestFactor || body.PriceFactor is { } factor && factor != Money.Round6(factor))
            throw new BadInputException("priceFactor", string.Create(CultureInfo.InvariantCulture,
                $"must be more than 0 and {HighestFactor} at most, with six decimals at most"));
        var prices = body.Prices ?? [];
        var highest = metering.Value.MaxMonthlyPrice;
        if (prices.Any(price => price?.Price is not { } amount || amount < 0 || amount > highest || amount != Money.Round6(amount)))
            throw new BadInputException("prices", string.Create(CultureInfo.InvariantCulture,
                $"must each have a packageId and a price from 0 to {highest} (Metering:MaxMonthlyPrice), with six decimals at most"));
        if (prices.DistinctBy(price => price.PackageId).Count() < prices.Length)
            throw new BadInputException("prices", "must name each package once");
        return new(body.PriceFactor ?? 1, prices, body.HoursPerMonth, body.MonthlyCap);
    }
}

/// <summary>Which month is forecast.</summary>
public sealed class ForecastQuery
{
    /// <summary>A calendar month (UTC), from the first that was observed to 12 months ahead; the current one when it isn't said.</summary>
    [RegularExpression(CalendarMonth.Pattern, ErrorMessage = CalendarMonth.Allowed)]
    public string? Month { get; set; }
}

/// <summary>What a month will bring, in currency units, corrections included.</summary>
/// <param name="Low">What was charged, and what was observed and waits for the next run. Accounts with an open hold: only what was
/// charged.</param>
/// <param name="Expected">The same if every server goes on until the month's end as it was last seen, at its latest terms.</param>
/// <param name="Servers">Servers that cost something or were seen running.</param>
/// <param name="Customers">Those with the highest expected amounts first.</param>
/// <param name="MostExpensive">The servers with the highest expected amounts first.</param>
public sealed record Forecast(
    string Month, decimal Low, decimal Expected, int Servers,
    IReadOnlyList<ForecastCustomer> Customers, IReadOnlyList<ForecastServer> MostExpensive);

/// <summary>What a month will bring of a customer.</summary>
public sealed record ForecastCustomer(int UserId, int Servers, decimal Low, decimal Expected);

/// <summary>What a month will bring of a server; one line a payer.</summary>
public sealed record ForecastServer(int ServerId, int UserId, decimal Low, decimal Expected);

/// <summary>What is otherwise in the simulated month; without any change it is what is in force.</summary>
public sealed class SimulationBody
{
    /// <summary>A calendar month (UTC), from the first that was observed to 12 months ahead; the current one when it isn't said.</summary>
    [RegularExpression(CalendarMonth.Pattern, ErrorMessage = CalendarMonth.Allowed)]
    public string? Month { get; set; }

    /// <summary>Every price and hourly rate is multiplied by it: more than 0, 100 at most, with six decimals at most.</summary>
    public decimal? PriceFactor { get; set; }

    /// <summary>Monthly prices of packages; the factor applies to them too. Servers at an hourly rate are not affected.</summary>
    public PackagePrice[]? Prices { get; set; }

    /// <summary>The basis of every monthly price.</summary>
    [Range(1, 744)]
    public int? HoursPerMonth { get; set; }

    /// <summary>Whether a server costs at most its monthly price in a month.</summary>
    public bool? MonthlyCap { get; set; }
}

/// <summary>Another price of a package.</summary>
public sealed class PackagePrice
{
    /// <summary>The package's id in VirtFusion.</summary>
    public int PackageId { get; set; }

    /// <summary>Currency units a month, from 0 to <c>Metering:MaxMonthlyPrice</c>, with six decimals at most.</summary>
    public decimal? Price { get; set; }
}

/// <summary>A month with changes beside what is in force, in currency units, corrections included.</summary>
/// <param name="InForce">What the month costs at the prices and settings of today's terms.</param>
/// <param name="Difference">Simulated less in force.</param>
/// <param name="Servers">Servers that cost something or were seen running.</param>
/// <param name="CorrectedServers">Servers whose charged hours keep their amount, as some were corrected to another price.</param>
/// <param name="Customers">Those whose amounts change most first.</param>
/// <param name="MostAffected">The servers whose amounts change most first.</param>
public sealed record Simulation(
    string Month, decimal InForce, decimal Simulated, decimal Difference, int Servers, int CorrectedServers,
    IReadOnlyList<SimulatedCustomer> Customers, IReadOnlyList<SimulatedServer> MostAffected);

/// <summary>What a change means to a customer.</summary>
public sealed record SimulatedCustomer(int UserId, int Servers, decimal InForce, decimal Simulated, decimal Difference);

/// <summary>What a change means for a server; one line a payer.</summary>
public sealed record SimulatedServer(int ServerId, int UserId, decimal InForce, decimal Simulated, decimal Difference);
