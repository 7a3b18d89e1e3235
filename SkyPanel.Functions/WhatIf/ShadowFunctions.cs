using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.WhatIf;

/// <summary>What this app would have charged before the take-over, over HTTP.</summary>
public sealed class ShadowFunctions(Gate gate, ScratchTransaction scratch, Shadows shadows)
{
    /// <summary>Compares what the observed time costs exactly with what the panel's own engine billed.</summary>
    /// <remarks>For the time before the take-over, computed by the statements of a billing run. Nothing is kept, nothing of the panel's is
    /// written, and no run waits for it. A row of the panel's counts where its period begins. What the panel took is its hourly rate in
    /// tokens, rounded to whole ones for each row, as its engine does. The customers and days of servers that differ most are listed;
    /// the sums are those of all. Before a full hour was observed, all are zero.</remarks>
    [Function("GetShadow")]
    [Operation(Role.Viewer, Query = typeof(ShadowQuery), Refuses = [409])]
    [Answer(200, typeof(Shadow))]
    [Answer(200, typeof(string), "text/csv")]
    public Task<IResult> ShadowAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/billing/shadow")] HttpRequest request) =>
        gate.EnterAsync<ShadowQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var isCsv = Csv.IsWanted(request, query.Format);
            var most = isCsv ? Csv.MostRows : query.Limit;
            return await scratch.TryAsync(connection => shadows.ComputeAsync(connection, query.From, query.To, most, ct), ct) switch
            {
                null => Problem.Conflict(ScratchTransaction.Busy),
                var shadow when !isCsv => ApiJson.Ok(shadow),
                var shadow => query.List == "customers"
                    ? Csv.Answer("shadow-customers.csv", shadow.Customers) : Csv.Answer("shadow-days.csv", shadow.Days),
            };
        });
}

/// <summary>Which hours are compared, and how the answer is written.</summary>
public sealed class ShadowQuery : RowsQuery
{
    /// <summary>A full hour; a week before <c>to</c> when it isn't said. Time that was not observed is cut off.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>A full hour, exclusive; 92 days after <c>from</c> at most. The last hour observed before the take-over when it isn't
    /// said.</summary>
    public DateTimeOffset? To { get; set; }

    /// <summary>What a CSV has lines of.</summary>
    [AllowedValues("customers", "days")]
    public string List { get; set; } = "days";
}

/// <summary>What was observed, exactly, beside what the panel's own engine billed; in currency units, hours with two decimals.</summary>
/// <param name="Exact">What this app would have charged.</param>
/// <param name="ExactTokens">The same in tokens, with decimals.</param>
/// <param name="Taken">What the panel took from the wallet: whole tokens for each of its rows.</param>
/// <param name="TakenTokens">The same in tokens.</param>
/// <param name="PanelAmount">What the panel's <c>virtfusion_hourly_transactions</c> say was charged.</param>
/// <param name="ObservedHours">Billable, as observed.</param>
/// <param name="PanelHours">In completed periods of the panel's; hours that were billed twice count once.</param>
/// <param name="OnlyObservedHours">Billable as observed, and in no completed period of the panel's.</param>
/// <param name="OnlyPanelHours">Billed by the panel, and not billable as observed.</param>
/// <param name="FailedRows">Rows of the panel's that did not complete; nothing of them is counted.</param>
/// <param name="ZeroTokenRows">Completed rows for which no token was taken, as the rate is less than half a token.</param>
public record ShadowFigures(
    decimal Exact, decimal ExactTokens, decimal Taken, long TakenTokens, decimal PanelAmount, decimal ObservedHours, decimal PanelHours,
    decimal OnlyObservedHours, decimal OnlyPanelHours, long FailedRows, long ZeroTokenRows)
{
    internal static readonly ShadowFigures None = new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /// <summary>What was taken less what was exact.</summary>
    public decimal Difference { get; } = Taken - Exact;
}

/// <summary>What was observed beside what the panel's own engine billed.</summary>
public sealed record Shadow : ShadowFigures
{
    internal Shadow(ShadowFigures figures, DateTime? from, DateTime? to, int servers, decimal panelTransactions, long durationMs,
        IReadOnlyList<ShadowCustomer> customers, IReadOnlyList<ShadowDay> days) : base(figures) =>
        (From, To, Servers, PanelTransactions, DurationMs, Customers, Days) =
            (from, to, servers, panelTransactions, durationMs, customers, days);

    /// <summary>The first hour that is compared; null before a full hour was observed.</summary>
    public DateTime? From { get; }

    /// <summary>The end of the last one.</summary>
    public DateTime? To { get; }

    /// <summary>Servers that either engine saw.</summary>
    public int Servers { get; }

    /// <summary>What the panel's <c>transactions</c> of the type <c>server_hourly_billing</c> add up to.</summary>
    public decimal PanelTransactions { get; }

    /// <summary>How long it took to compute.</summary>
    public long DurationMs { get; }

    /// <summary>Those with the largest differences first.</summary>
    public IReadOnlyList<ShadowCustomer> Customers { get; }

    /// <summary>A line a server, customer and day; those with the largest differences first.</summary>
    public IReadOnlyList<ShadowDay> Days { get; }
}

/// <summary>A customer, as both engines saw them.</summary>
public sealed record ShadowCustomer : ShadowFigures
{
    internal ShadowCustomer(ShadowFigures figures, int userId, string? name, int servers, decimal panelTransactions) : base(figures) =>
        (UserId, Name, Servers, PanelTransactions) = (userId, name, servers, panelTransactions);

    /// <summary>The panel's id of the user.</summary>
    public int UserId { get; }

    /// <summary>As the panel has it; null when the panel's user is gone.</summary>
    public string? Name { get; }

    /// <summary>Servers that either engine saw.</summary>
    public int Servers { get; }

    /// <summary>What the panel's <c>transactions</c> of the type <c>server_hourly_billing</c> add up to.</summary>
    public decimal PanelTransactions { get; }
}

/// <summary>A server on a day (UTC), as both engines saw it.</summary>
public sealed record ShadowDay : ShadowFigures
{
    internal ShadowDay(ShadowFigures figures, string day, int serverId, int userId) : base(figures) =>
        (Day, ServerId, UserId) = (day, serverId, userId);

    /// <summary>Such as <c>2026-03-01</c>.</summary>
    public string Day { get; }

    /// <summary>The server's id in VirtFusion.</summary>
    public int ServerId { get; }

    /// <summary>The panel's id of the user who pays, or whom the panel billed.</summary>
    public int UserId { get; }
}
