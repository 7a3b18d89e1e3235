using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.WhatIf;

/// <summary>The changes of a simulated month; without any it is the month as it is.</summary>
public sealed class SimulationBody
{
    /// <summary>A calendar month (UTC), from the first that was observed to 12 months ahead; the current one by default.</summary>
    [RegularExpression(CalendarMonth.Pattern, ErrorMessage = CalendarMonth.Allowed)]
    public string? Month { get; set; }

    /// <summary>A factor for every price and hourly rate: more than 0, at most 100, with at most six decimals.</summary>
    [JsonConverter(typeof(NumberOrText))]
    public decimal? PriceFactor { get; set; }

    /// <summary>Monthly prices of packages and of servers; the factor applies to them too. Servers at an hourly rate keep their
    /// rate.</summary>
    public OtherPrice[]? Prices { get; set; }

    /// <summary>The basis of every monthly price.</summary>
    [Range(1, 744)]
    public int? HoursPerMonth { get; set; }

    /// <summary>Whether a server costs at most its monthly price in a month.</summary>
    public bool? MonthlyCap { get; set; }

    /// <summary>Whether the panel charges the first hour of a server at its creation, so that it is not billed here.</summary>
    public bool? FirstHourPrepaid { get; set; }
}

/// <summary>Selects the format of the answer.</summary>
public sealed class SimulationQuery : RowsQuery
{
    /// <summary>The rows of a CSV.</summary>
    [AllowedValues("customers", "servers")]
    public string List { get; set; } = "customers";
}

/// <summary>A simulated price of a package or of a server; a server's price takes precedence.</summary>
public sealed class OtherPrice
{
    /// <summary>The package's id in VirtFusion.</summary>
    public int? PackageId { get; set; }

    /// <summary>The server's id in VirtFusion, instead of a package.</summary>
    public int? ServerId { get; set; }

    /// <summary>Currency units a month, from 0 to <c>Metering:MaxMonthlyPrice</c>, with at most six decimals.</summary>
    public decimal? Price { get; set; }
}

/// <summary>A simulated month beside the month as it is, in currency units, corrections included.</summary>
/// <param name="InForce">The cost of the month at the current prices and settings.</param>
/// <param name="Difference">The simulated amount minus the current one.</param>
/// <param name="Servers">The number of servers that cost something or were seen running.</param>
/// <param name="CorrectedServers">Servers whose charged hours keep their amounts, as some were corrected to another price.</param>
/// <param name="DurationMs">The time of the computation.</param>
/// <param name="TopTen">The ten servers whose amounts change most.</param>
/// <param name="Customers">Customers whose amounts change most first.</param>
/// <param name="MostAffected">The servers whose amounts change most first.</param>
public sealed record Simulation(
    string Month, decimal InForce, decimal Simulated, decimal Difference, int Servers, int CorrectedServers, long DurationMs,
    IReadOnlyList<SimulatedServer> TopTen, IReadOnlyList<SimulatedCustomer> Customers, IReadOnlyList<SimulatedServer> MostAffected);

/// <summary>The simulation of a customer.</summary>
/// <param name="Name">The name in the panel; null when the panel's user is gone.</param>
public sealed record SimulatedCustomer(int UserId, string? Name, int Servers, decimal InForce, decimal Simulated, decimal Difference);

/// <summary>The simulation of a server, one row per payer.</summary>
public sealed record SimulatedServer(int ServerId, int UserId, decimal InForce, decimal Simulated, decimal Difference);
