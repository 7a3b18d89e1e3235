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
public sealed record Repair : RepairFigures
{
    internal Repair(RepairFigures figures, DateTime from, DateTime to, long unclear, long durationMs,
        IReadOnlyList<RepairCustomer> customers,
        IReadOnlyList<RepairMonth> months) : base(figures) =>
        (From, To, Unclear, DurationMs, Customers, Months) = (from, to, unclear, durationMs, customers, months);

    /// <summary>The beginning of the first month.</summary>
    public DateTime From { get; }

    /// <summary>The end of the last month.</summary>
    public DateTime To { get; }

    /// <summary>Server-months that are listed with a reason, and neither counted nor repaired.</summary>
    public long Unclear { get; }

    /// <summary>The time of the computation.</summary>
    public long DurationMs { get; }

    /// <summary>Customers with the most left to repair first.</summary>
    public IReadOnlyList<RepairCustomer> Customers { get; }

    /// <summary>A row per server and month, those with the most left to repair first.</summary>
    public IReadOnlyList<RepairMonth> Months { get; }
}

/// <summary>The comparison of a customer.</summary>
public sealed record RepairCustomer : RepairFigures
{
    internal RepairCustomer(RepairFigures figures, int userId, string? name, int servers, int unclearServers, long? holdId,
        decimal panelTransactions)
        : base(figures) =>
        (UserId, Name, Servers, UnclearServers, HoldId, PanelTransactions) =
            (userId, name, servers, unclearServers, holdId, panelTransactions);

    /// <summary>The user's id in the panel.</summary>
    public int UserId { get; }

    /// <summary>The name in the panel; null when the panel's user is gone.</summary>
    public string? Name { get; }

    /// <summary>The number of billed servers.</summary>
    public int Servers { get; }

    /// <summary>The number of servers with an unclear month.</summary>
    public int UnclearServers { get; }

    /// <summary>The hold of a repair that waits for an admin.</summary>
    public long? HoldId { get; }

    /// <summary>The sum of the panel's <c>transactions</c> of the type <c>server_hourly_billing</c>.</summary>
    public decimal PanelTransactions { get; }
}

/// <summary>The comparison of a server in a month.</summary>
public sealed record RepairMonth : RepairFigures
{
    internal RepairMonth(RepairFigures figures, string month, int serverId, int userId, string? unclear) : base(figures) =>
        (Month, ServerId, UserId, Unclear) = (month, serverId, userId, unclear);

    /// <summary>Such as <c>2026-03</c>.</summary>
    public string Month { get; }

    /// <summary>The server's id in VirtFusion.</summary>
    public int ServerId { get; }

    /// <summary>The billed user's id in the panel.</summary>
    public int UserId { get; }

    /// <summary>The reason why it is neither counted nor repaired; null without one.</summary>
    public string? Unclear { get; }
}
