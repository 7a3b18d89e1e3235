using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Serves what this app would have charged before the take-over, over HTTP.</summary>
public sealed class ShadowFunctions(Gate gate, ScratchTransaction scratch, Shadows shadows)
{
    /// <summary>Compares the exact cost of the observed time with what the panel's own engine billed.</summary>
    /// <remarks>Covers the time before the take-over, computed by the statements of a billing run. Nothing is stored, the panel's tables
    /// are not written, and no run waits for it. A row of the panel counts where its period begins. The panel took its hourly rate in whole
    /// tokens, rounded for each row. The customers and server-days with the largest differences are listed; the sums include all. Before a
    /// full hour was observed, all figures are zero.</remarks>
    [Function("GetShadow")]
    [Operation(Role.Viewer, Query = typeof(ShadowQuery), Refuses = [409])]
    [Answer(200, typeof(Shadow))]
    [Answer(200, typeof(string), "text/csv")]
    public Task<IResult> ShadowAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/billing/shadow")] HttpRequest request) =>
        gate.EnterAsync<ShadowQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var isCsv = Csv.IsWanted(request, query.Format);
            var most = isCsv ? Csv.MaxRows : query.Limit;
            return await scratch.TryAsync(connection => shadows.ComputeAsync(connection, query.From, query.To, most, ct), ct) switch
            {
                null => ScratchTransaction.Busy(request),
                var shadow when !isCsv => ApiJson.Ok(shadow),
                var shadow => query.List == "customers"
                    ? Csv.Answer("shadow-customers.csv", shadow.Customers) : Csv.Answer("shadow-days.csv", shadow.Days),
            };
        });
}

/// <summary>Selects the hours and the format of the answer.</summary>
public sealed class ShadowQuery : RowsQuery
{
    /// <summary>A full hour; a week before <c>to</c> by default. Time that was not observed is cut off.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>A full hour, exclusive; at most 92 days after <c>from</c>. The last hour observed before the take-over by
    /// default.</summary>
    public DateTimeOffset? To { get; set; }

    /// <summary>The rows of a CSV.</summary>
    [AllowedValues("customers", "days")]
    public string List { get; set; } = "days";
}

/// <summary>The exact cost of the observed time beside what the panel's own engine billed; in currency units, hours with two
/// decimals.</summary>
/// <param name="Exact">The amount that this app would have charged.</param>
/// <param name="ExactTokens">The exact amount in tokens, with decimals.</param>
/// <param name="Taken">The amount that the panel took from the wallet: whole tokens for each of its rows.</param>
/// <param name="TakenTokens">The taken amount in tokens.</param>
/// <param name="PanelAmount">The sum of the amounts in the panel's <c>virtfusion_hourly_transactions</c>.</param>
/// <param name="ObservedHours">Billable hours, as observed.</param>
/// <param name="PanelHours">Hours in the panel's completed periods; hours that were billed twice count once.</param>
/// <param name="OnlyObservedHours">Hours that are billable as observed, and in no completed period of the panel.</param>
/// <param name="OnlyPanelHours">Hours that the panel billed, and that are not billable as observed.</param>
/// <param name="FailedRows">Rows of the panel that did not complete; they are not counted.</param>
/// <param name="ZeroTokenRows">Completed rows for which no token was taken, as the rate is less than half a token.</param>
public record ShadowFigures(
    decimal Exact, decimal ExactTokens, decimal Taken, long TakenTokens, decimal PanelAmount, decimal ObservedHours, decimal PanelHours,
    decimal OnlyObservedHours, decimal OnlyPanelHours, long FailedRows, long ZeroTokenRows)
{
    internal static readonly ShadowFigures None = new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /// <summary>The taken amount minus the exact one.</summary>
    public decimal Difference { get; } = Taken - Exact;
}

/// <summary>The comparison of observed time with what the panel's own engine billed.</summary>
public sealed record Shadow : ShadowFigures
{
    internal Shadow(ShadowFigures figures, DateTime? from, DateTime? to, int servers, decimal panelTransactions, long durationMs,
        IReadOnlyList<ShadowCustomer> customers, IReadOnlyList<ShadowDay> days) : base(figures) =>
        (From, To, Servers, PanelTransactions, DurationMs, Customers, Days) =
            (from, to, servers, panelTransactions, durationMs, customers, days);

    /// <summary>The first compared hour; null before a full hour was observed.</summary>
    public DateTime? From { get; }

    /// <summary>The end of the last compared hour.</summary>
    public DateTime? To { get; }

    /// <summary>The number of servers that were observed or billed.</summary>
    public int Servers { get; }

    /// <summary>The sum of the panel's <c>transactions</c> of the type <c>server_hourly_billing</c>.</summary>
    public decimal PanelTransactions { get; }

    /// <summary>The time of the computation.</summary>
    public long DurationMs { get; }

    /// <summary>Customers with the largest differences first.</summary>
    public IReadOnlyList<ShadowCustomer> Customers { get; }

    /// <summary>A row per server, customer and day, those with the largest differences first.</summary>
    public IReadOnlyList<ShadowDay> Days { get; }
}

/// <summary>The comparison of a customer.</summary>
public sealed record ShadowCustomer : ShadowFigures
{
    internal ShadowCustomer(ShadowFigures figures, int userId, string? name, int servers, decimal panelTransactions) : base(figures) =>
        (UserId, Name, Servers, PanelTransactions) = (userId, name, servers, panelTransactions);

    /// <summary>The user's id in the panel.</summary>
    public int UserId { get; }

    /// <summary>The name in the panel; null when the panel's user is gone.</summary>
    public string? Name { get; }

    /// <summary>The number of servers that were observed or billed.</summary>
    public int Servers { get; }

    /// <summary>The sum of the panel's <c>transactions</c> of the type <c>server_hourly_billing</c>.</summary>
    public decimal PanelTransactions { get; }
}

/// <summary>The comparison of a server on a day (UTC).</summary>
public sealed record ShadowDay : ShadowFigures
{
    internal ShadowDay(ShadowFigures figures, string day, int serverId, int userId) : base(figures) =>
        (Day, ServerId, UserId) = (day, serverId, userId);

    /// <summary>Such as <c>2026-03-01</c>.</summary>
    public string Day { get; }

    /// <summary>The server's id in VirtFusion.</summary>
    public int ServerId { get; }

    /// <summary>The id in the panel of the user who pays or was billed.</summary>
    public int UserId { get; }
}
