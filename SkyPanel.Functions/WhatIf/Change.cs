using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Metering;

namespace SkyPanel.Functions.WhatIf;

/// <summary>What is otherwise in a simulated month.</summary>
/// <param name="PriceFactor">Every price is multiplied by it, after <paramref name="Prices"/>.</param>
/// <param name="Prices">Of packages and of servers; that of a server comes first.</param>
/// <param name="HoursPerMonth">The basis of every monthly price; null: as it is.</param>
/// <param name="MonthlyCap">Null: as <see cref="BillingOptions.MonthlyCap"/> says.</param>
/// <param name="FirstHourPrepaid">Null: as <see cref="MeteringOptions.FirstHourPrepaid"/> said when each server was enrolled.</param>
public sealed record Change(
    decimal PriceFactor, IReadOnlyList<OtherPrice> Prices, int? HoursPerMonth, bool? MonthlyCap, bool? FirstHourPrepaid)
{
    public static readonly Change None = new(1, [], null, null, null);
}
