namespace SkyPanel.Functions.WhatIf;

/// <summary>What the panel's engine took, and what its hours cost; in currency units, hours with two decimals.</summary>
/// <param name="Taken">What it took from the wallet: whole tokens for each completed row.</param>
/// <param name="TakenTokens">The same in tokens.</param>
/// <param name="PanelAmount">What its completed rows say was charged.</param>
/// <param name="Exact">What the billed time costs, each second once.</param>
/// <param name="Repaired">What of the difference was given back before; negative when it was asked for.</param>
/// <param name="CompletedRows">Rows for which tokens were taken.</param>
/// <param name="FailedRows">Rows that did not complete. Whether tokens were taken for them is unknown: none is counted.</param>
/// <param name="FailedHours">Hours that only failed rows have: never billed, as far as the panel knows.</param>
/// <param name="DoubleRows">Completed rows whose period overlaps that of an earlier one.</param>
/// <param name="DoubleHours">Hours that were billed more than once, counted each time but the first.</param>
/// <param name="ZeroTokenRows">Completed rows for which no token was taken, as the rate is less than half a token.</param>
/// <param name="InAdvanceHours">Hours that were billed before they had ended.</param>
/// <param name="StoppedHours">Billed hours in which the server was seen suspended, not built, gone or not enabled.</param>
public record RepairFigures(
    decimal Taken, long TakenTokens, decimal PanelAmount, decimal Exact, decimal Repaired, long CompletedRows, long FailedRows,
    decimal FailedHours, long DoubleRows, decimal DoubleHours, long ZeroTokenRows, decimal InAdvanceHours, decimal StoppedHours)
{
    /// <summary>What was taken less what was exact.</summary>
    public decimal Difference { get; } = Taken - Exact;

    /// <summary>What is left of the difference: a credit note gives it back, or a supplement asks for it when it is negative.</summary>
    public decimal Remaining { get; } = Taken - Exact - Repaired;
}

/// <summary>What the panel's engine took, and what its hours cost.</summary>
public sealed record Repair : RepairFigures
{
    internal Repair(RepairFigures figures, DateTime from, DateTime to, long unclear, long durationMs,
        IReadOnlyList<RepairCustomer> customers,
        IReadOnlyList<RepairMonth> months) : base(figures) =>
        (From, To, Unclear, DurationMs, Customers, Months) = (from, to, unclear, durationMs, customers, months);

    /// <summary>The beginning of the first month.</summary>
    public DateTime From { get; }

    /// <summary>The end of the last one.</summary>
    public DateTime To { get; }

    /// <summary>Months of servers that are listed with a reason, and neither counted nor repaired.</summary>
    public long Unclear { get; }

    /// <summary>How long it took to compute.</summary>
    public long DurationMs { get; }

    /// <summary>Those with the most left to repair first.</summary>
    public IReadOnlyList<RepairCustomer> Customers { get; }

    /// <summary>A line a server and month; those with the most left to repair first.</summary>
    public IReadOnlyList<RepairMonth> Months { get; }
}

/// <summary>What the panel's engine took of a customer, and what the hours cost.</summary>
public sealed record RepairCustomer : RepairFigures
{
    internal RepairCustomer(RepairFigures figures, int userId, string? name, int servers, int unclearServers, long? holdId,
        decimal panelTransactions)
        : base(figures) =>
        (UserId, Name, Servers, UnclearServers, HoldId, PanelTransactions) =
            (userId, name, servers, unclearServers, holdId, panelTransactions);

    /// <summary>The panel's id of the user.</summary>
    public int UserId { get; }

    /// <summary>As the panel has it; null when the panel's user is gone.</summary>
    public string? Name { get; }

    /// <summary>Servers that were billed.</summary>
    public int Servers { get; }

    /// <summary>Those of them with an unclear month.</summary>
    public int UnclearServers { get; }

    /// <summary>The hold with which a repair waits for an admin.</summary>
    public long? HoldId { get; }

    /// <summary>What the panel's <c>transactions</c> of the type <c>server_hourly_billing</c> add up to.</summary>
    public decimal PanelTransactions { get; }
}

/// <summary>What the panel's engine took for a server in a month, and what its hours cost.</summary>
public sealed record RepairMonth : RepairFigures
{
    internal RepairMonth(RepairFigures figures, string month, int serverId, int userId, string? unclear) : base(figures) =>
        (Month, ServerId, UserId, Unclear) = (month, serverId, userId, unclear);

    /// <summary>Such as <c>2026-03</c>.</summary>
    public string Month { get; }

    /// <summary>The server's id in VirtFusion.</summary>
    public int ServerId { get; }

    /// <summary>The panel's id of the user who was billed.</summary>
    public int UserId { get; }

    /// <summary>Why it is neither counted nor repaired; null when it is.</summary>
    public string? Unclear { get; }
}
