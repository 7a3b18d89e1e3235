namespace SkyPanel.Functions.WhatIf;

/// <summary>The amounts that the panel's engine took, and the cost of its hours; in currency units, hours with two decimals.</summary>
/// <param name="Taken">The amount taken from the wallet: whole tokens for each completed row.</param>
/// <param name="TakenTokens">The taken amount in tokens.</param>
/// <param name="PanelAmount">The sum of the amounts in its completed rows.</param>
/// <param name="Exact">The cost of the billed time, each second once.</param>
/// <param name="Repaired">The part of the difference that was given back before; negative when it was charged.</param>
/// <param name="CompletedRows">Rows for which tokens were taken.</param>
/// <param name="FailedRows">Rows that did not complete. Whether tokens were taken for them is unknown, so they are not counted.</param>
/// <param name="FailedHours">Hours that only failed rows have: not billed, as far as the panel knows.</param>
/// <param name="DoubleRows">Completed rows whose period overlaps that of an earlier one.</param>
/// <param name="DoubleHours">Hours that were billed again, each time after the first.</param>
/// <param name="ZeroTokenRows">Completed rows for which no token was taken, as the rate is less than half a token.</param>
/// <param name="InAdvanceHours">Hours that were billed before they had ended.</param>
/// <param name="StoppedHours">Billed hours in which the server was seen suspended, not built, gone or not enabled.</param>
public record RepairFigures(
    decimal Taken, long TakenTokens, decimal PanelAmount, decimal Exact, decimal Repaired, long CompletedRows, long FailedRows,
    decimal FailedHours, long DoubleRows, decimal DoubleHours, long ZeroTokenRows, decimal InAdvanceHours, decimal StoppedHours)
{
    /// <summary>The taken amount minus the exact one.</summary>
    public decimal Difference { get; } = Taken - Exact;

    /// <summary>The remaining difference: a credit note gives it back or, when it is negative, a supplement charges it.</summary>
    public decimal Remaining { get; } = Taken - Exact - Repaired;
}

/// <summary>The comparison of what the panel's engine took with the cost of its hours.</summary>
/// <param name="From">The beginning of the first month.</param>
/// <param name="To">The end of the last month.</param>
/// <param name="Unclear">Server-months that are listed with a reason, and neither counted nor repaired.</param>
/// <param name="DurationMs">The time of the computation.</param>
/// <param name="Customers">Customers with the most left to repair first.</param>
/// <param name="Months">A row per server and month, those with the most left to repair first.</param>
public sealed record Repair(
    [property: JsonIgnore] RepairFigures Figures, DateTime From, DateTime To, long Unclear, long DurationMs,
    IReadOnlyList<RepairCustomer> Customers, IReadOnlyList<RepairMonth> Months) : RepairFigures(Figures);

/// <summary>The comparison of a customer.</summary>
/// <param name="UserId">The user's id in the panel.</param>
/// <param name="Name">The name in the panel; null when the panel's user is gone.</param>
/// <param name="Servers">The number of billed servers.</param>
/// <param name="UnclearServers">The number of servers with an unclear month.</param>
/// <param name="HoldId">The hold of a repair that waits for an admin.</param>
/// <param name="PanelTransactions">The sum of the panel's <c>transactions</c> of the type <c>server_hourly_billing</c>.</param>
public sealed record RepairCustomer(
    [property: JsonIgnore] RepairFigures Figures, int UserId, string? Name, int Servers, int UnclearServers, long? HoldId,
    decimal PanelTransactions) : RepairFigures(Figures);

/// <summary>The comparison of a server in a month.</summary>
/// <param name="Month">Such as <c>2026-03</c>.</param>
/// <param name="ServerId">The server's id in VirtFusion.</param>
/// <param name="UserId">The billed user's id in the panel.</param>
/// <param name="Unclear">The reason why it is neither counted nor repaired; null without one.</param>
public sealed record RepairMonth(
    [property: JsonIgnore] RepairFigures Figures, string Month, int ServerId, int UserId, string? Unclear) : RepairFigures(Figures);
