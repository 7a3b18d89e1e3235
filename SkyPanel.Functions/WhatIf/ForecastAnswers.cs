using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Which month is forecast, and how the answer is written.</summary>
public sealed class ForecastQuery : RowsQuery
{
    /// <summary>A calendar month (UTC), from the first that was observed to 12 months ahead; the current one when it isn't said.</summary>
    [RegularExpression(CalendarMonth.Pattern, ErrorMessage = CalendarMonth.Allowed)]
    public string? Month { get; set; }

    /// <summary>Whether it is computed now; else one that was computed in the same hour is good enough.</summary>
    public bool Fresh { get; set; }

    /// <summary>What a CSV has lines of.</summary>
    [AllowedValues("customers", "servers")]
    public string List { get; set; } = "customers";
}

/// <summary>What a month will bring, in currency units, corrections included.</summary>
/// <param name="Low">What was charged, and what was observed and waits for the next run. Accounts with an open hold: only what was
/// charged.</param>
/// <param name="Expected">The same if every server goes on until the month's end as it was last seen, at its latest terms.</param>
/// <param name="LowTokens">The same in tokens, with decimals.</param>
/// <param name="ExpectedTokens">The same in tokens, with decimals.</param>
/// <param name="Charged">What was charged, corrections included; null until the month is over.</param>
/// <param name="Servers">Servers that cost something or were seen running.</param>
/// <param name="ComputedAt">As of when it is: a forecast is kept until the hour ends.</param>
/// <param name="DurationMs">How long it took to compute.</param>
/// <param name="Customers">Those with the highest expected amounts first.</param>
/// <param name="MostExpensive">The servers with the highest expected amounts first.</param>
/// <param name="Packages">Packages with a monthly price, those of the most servers first. A server counts with its latest
/// package.</param>
/// <param name="RunsDry">Customers whose wallets will be used up before the month ends, the first first; empty once it is over.</param>
public sealed record Forecast(
    string Month, decimal Low, decimal Expected, decimal LowTokens, decimal ExpectedTokens, decimal? Charged, int Servers,
    DateTime ComputedAt, long DurationMs, IReadOnlyList<ForecastCustomer> Customers, IReadOnlyList<ForecastServer> MostExpensive,
    IReadOnlyList<ForecastPackage> Packages, IReadOnlyList<RunsDry> RunsDry)
{
    /// <summary>Lists no more than so many rows each.</summary>
    public Forecast Shortened(int most) => this with
    {
        Customers = [.. Customers.Take(most)], MostExpensive = [.. MostExpensive.Take(most)], Packages = [.. Packages.Take(most)],
        RunsDry = [.. RunsDry.Take(most)],
    };
}

/// <summary>What a month will bring of a customer.</summary>
/// <param name="Name">As the panel has it; null when the panel's user is gone.</param>
/// <param name="ExpectedTokens">The expected amount in tokens, with decimals.</param>
/// <param name="Charged">What was charged, corrections included; null until the month is over.</param>
public sealed record ForecastCustomer(
    int UserId, string? Name, int Servers, decimal Low, decimal Expected, decimal ExpectedTokens, decimal? Charged);

/// <summary>What a month will bring of a server; one line a payer.</summary>
/// <param name="Charged">What was charged, corrections included; null until the month is over.</param>
public sealed record ForecastServer(int ServerId, int UserId, decimal Low, decimal Expected, decimal? Charged);

/// <summary>What a month will bring of the servers of a package.</summary>
/// <param name="PackageId">Its id in VirtFusion.</param>
/// <param name="LowestPrice">The lowest monthly price of its servers, as of now.</param>
/// <param name="HighestPrice">The highest one.</param>
public sealed record ForecastPackage(
    int PackageId, int Servers, decimal LowestPrice, decimal HighestPrice, decimal Low, decimal Expected);

/// <summary>When a customer's wallet is used up, if the servers go on as they are.</summary>
/// <param name="Name">As the panel has it; null when the panel's user is gone.</param>
/// <param name="Available">Currency units: the wallet, less what is owed, plus the credit limit.</param>
/// <param name="Burn">What the next hour costs, in currency units.</param>
/// <param name="RunwayHours">Full hours that are left, as of the last look.</param>
public sealed record RunsDry(int UserId, string? Name, decimal? Available, decimal Burn, decimal RunwayHours, DateTime RunsDryAt);
