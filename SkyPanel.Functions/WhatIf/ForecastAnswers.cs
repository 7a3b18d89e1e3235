namespace SkyPanel.Functions.WhatIf;

/// <summary>Selects the month and the format of the answer.</summary>
public sealed class ForecastQuery : RowsQuery
{
    /// <summary>A calendar month (UTC), from the first that was observed to 12 months ahead; the current one by default.</summary>
    [RegularExpression(CalendarMonth.Pattern, ErrorMessage = CalendarMonth.Allowed)]
    public string? Month { get; set; }

    /// <summary>Whether to return the latest stored one, however old; nothing is computed, and there may be none. Not for a CSV.</summary>
    public bool Stored { get; set; }

    /// <summary>The rows of a CSV.</summary>
    [AllowedValues("customers", "servers")]
    public string List { get; set; } = "customers";
}

/// <summary>The forecast of a month, in currency units, corrections included.</summary>
/// <param name="Low">The charged amount, plus observed time that waits for the next run. For accounts with an open hold only the charged
/// amount.</param>
/// <param name="Expected">The amount if every server goes on until the month's end as it was last seen, at its latest terms.</param>
/// <param name="LowTokens">The low amount in tokens, with decimals.</param>
/// <param name="ExpectedTokens">The expected amount in tokens, with decimals.</param>
/// <param name="Charged">The charged amount, corrections included; null until the month is over.</param>
/// <param name="HeldHours">Hours in open holds; no other figure contains them.</param>
/// <param name="HeldAmount">The amount of those hours as computed when they were held, before the monthly cap for those of one
/// server.</param>
/// <param name="Servers">The number of servers that cost something or were seen running.</param>
/// <param name="ComputedAt">The instant whose data it is computed from.</param>
/// <param name="DurationMs">The time of the computation.</param>
/// <param name="Customers">Customers with the highest expected amounts first.</param>
/// <param name="MostExpensive">The servers with the highest expected amounts first.</param>
/// <param name="Packages">Packages with a monthly price, those with the most servers first. A server counts with its latest
/// package.</param>
/// <param name="RunsDry">Customers whose wallets will be empty before the month ends, the earliest first; empty once it is over.</param>
public sealed record Forecast(
    string Month, decimal Low, decimal Expected, decimal LowTokens, decimal ExpectedTokens, decimal? Charged, long HeldHours,
    decimal HeldAmount, int Servers, DateTime ComputedAt, long DurationMs, IReadOnlyList<ForecastCustomer> Customers,
    IReadOnlyList<ForecastServer> MostExpensive, IReadOnlyList<ForecastPackage> Packages, IReadOnlyList<RunsDry> RunsDry)
{
    /// <summary>Limits the rows of each list.</summary>
    public Forecast Limited(int most) => this with
    {
        Customers = [.. Customers.Take(most)], MostExpensive = [.. MostExpensive.Take(most)], Packages = [.. Packages.Take(most)],
        RunsDry = [.. RunsDry.Take(most)],
    };
}

/// <summary>The forecast of a customer.</summary>
/// <param name="Name">The name in the panel; null when the panel's user is gone.</param>
/// <param name="ExpectedTokens">The expected amount in tokens, with decimals.</param>
/// <param name="Charged">The charged amount, corrections included; null until the month is over.</param>
public sealed record ForecastCustomer(
    int UserId, string? Name, int Servers, decimal Low, decimal Expected, decimal ExpectedTokens, decimal? Charged);

/// <summary>The forecast of a server, one row per payer.</summary>
/// <param name="Charged">The charged amount, corrections included; null until the month is over.</param>
public sealed record ForecastServer(int ServerId, int UserId, decimal Low, decimal Expected, decimal? Charged);

/// <summary>The forecast of the servers of a package.</summary>
/// <param name="PackageId">The package's id in VirtFusion.</param>
/// <param name="LowestPrice">The lowest monthly price of its servers, as of now.</param>
/// <param name="HighestPrice">The highest monthly price of its servers, as of now.</param>
public sealed record ForecastPackage(
    int PackageId, int Servers, decimal LowestPrice, decimal HighestPrice, decimal Low, decimal Expected);

/// <summary>A customer whose wallet will be empty, if the servers go on as they are.</summary>
/// <param name="Name">The name in the panel; null when the panel's user is gone.</param>
/// <param name="Available">In currency units: the balance minus the owed amount plus the credit limit.</param>
/// <param name="Burn">The cost of the next hour, in currency units.</param>
/// <param name="RunwayHours">Full hours that are left, as of the last update of the standing.</param>
public sealed record RunsDry(int UserId, string? Name, decimal? Available, decimal Burn, decimal RunwayHours, DateTime RunsDryAt);
