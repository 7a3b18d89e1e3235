using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.WhatIf;

/// <summary>What is otherwise in the simulated month; without any change it is what is in force.</summary>
public sealed class SimulationBody
{
    /// <summary>A calendar month (UTC), from the first that was observed to 12 months ahead; the current one when it isn't said.</summary>
    [RegularExpression(CalendarMonth.Pattern, ErrorMessage = CalendarMonth.Allowed)]
    public string? Month { get; set; }

    /// <summary>Every price and hourly rate is multiplied by it: more than 0, 100 at most, with six decimals at most.</summary>
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

/// <summary>How the answer to a simulation is written.</summary>
public sealed class SimulationQuery : RowsQuery
{
    /// <summary>What a CSV has lines of.</summary>
    [AllowedValues("customers", "servers")]
    public string List { get; set; } = "customers";
}

/// <summary>Another price of a package or of a server; that of a server comes first.</summary>
public sealed class OtherPrice
{
    /// <summary>The package's id in VirtFusion.</summary>
    public int? PackageId { get; set; }

    /// <summary>The server's id in VirtFusion, instead of a package.</summary>
    public int? ServerId { get; set; }

    /// <summary>Currency units a month, from 0 to <c>Metering:MaxMonthlyPrice</c>, with six decimals at most.</summary>
    public decimal? Price { get; set; }
}

/// <summary>A month with changes beside what is in force, in currency units, corrections included.</summary>
/// <param name="InForce">What the month costs at the prices and settings of today's terms.</param>
/// <param name="Difference">Simulated less in force.</param>
/// <param name="Servers">Servers that cost something or were seen running.</param>
/// <param name="CorrectedServers">Servers whose charged hours keep their amount, as some were corrected to another price.</param>
/// <param name="DurationMs">How long it took to compute.</param>
/// <param name="TopTen">The ten servers whose amounts change most.</param>
/// <param name="Customers">Those whose amounts change most first.</param>
/// <param name="MostAffected">The servers whose amounts change most first.</param>
public sealed record Simulation(
    string Month, decimal InForce, decimal Simulated, decimal Difference, int Servers, int CorrectedServers, long DurationMs,
    IReadOnlyList<SimulatedServer> TopTen, IReadOnlyList<SimulatedCustomer> Customers, IReadOnlyList<SimulatedServer> MostAffected);

/// <summary>What a change means to a customer.</summary>
/// <param name="Name">As the panel has it; null when the panel's user is gone.</param>
public sealed record SimulatedCustomer(int UserId, string? Name, int Servers, decimal InForce, decimal Simulated, decimal Difference);

/// <summary>What a change means for a server; one line a payer.</summary>
public sealed record SimulatedServer(int ServerId, int UserId, decimal InForce, decimal Simulated, decimal Difference);
