using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Metering;

namespace SkyPanel.Functions.WhatIf;

/// <summary>The changes of a simulated month.</summary>
/// <param name="PriceFactor">A factor for every price, applied after <paramref name="Prices"/>.</param>
/// <param name="Prices">Prices of packages and of servers; a server's price takes precedence.</param>
/// <param name="HoursPerMonth">The basis of every monthly price; null for no change.</param>
/// <param name="MonthlyCap">Null for <see cref="BillingOptions.MonthlyCap"/>.</param>
/// <param name="FirstHourPrepaid">Null for the value of <see cref="MeteringOptions.FirstHourPrepaid"/> at each server's
/// enrolment.</param>
public sealed record Change(
    decimal PriceFactor, IReadOnlyList<OtherPrice> Prices, int? HoursPerMonth, bool? MonthlyCap, bool? FirstHourPrepaid)
{
    public static readonly Change None = new(1, [], null, null, null);
}
