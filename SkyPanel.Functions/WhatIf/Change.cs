using SkyPanel.Functions.Billing;

namespace SkyPanel.Functions.WhatIf;

/// <summary>What is otherwise in a simulated month.</summary>
/// <param name="PriceFactor">Every price is multiplied by it, after <paramref name="Prices"/>.</param>
/// <param name="HoursPerMonth">The basis of every monthly price; null: as it is.</param>
/// <param name="MonthlyCap">Null: as <see cref="BillingOptions.MonthlyCap"/> says.</param>
public sealed record Change(decimal PriceFactor, IReadOnlyList<PackagePrice> Prices, int? HoursPerMonth, bool? MonthlyCap)
{
    public static readonly Change None = new(1, [], null, null);
}
