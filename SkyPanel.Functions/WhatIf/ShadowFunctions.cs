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
/// <param name="From">The first compared hour; null before a full hour was observed.</param>
/// <param name="To">The end of the last compared hour.</param>
/// <param name="Servers">The number of servers that were observed or billed.</param>
/// <param name="PanelTransactions">The sum of the panel's <c>transactions</c> of the type <c>server_hourly_billing</c>.</param>
/// <param name="DurationMs">The time of the computation.</param>
/// <param name="Customers">Customers with the largest differences first.</param>
/// <param name="Days">A row per server, customer and day, those with the largest differences first.</param>
public sealed record Shadow(
    [property: JsonIgnore] ShadowFigures Figures, DateTime? From, DateTime? To, int Servers, decimal PanelTransactions, long DurationMs,
    IReadOnlyList<ShadowCustomer> Customers, IReadOnlyList<ShadowDay> Days) : ShadowFigures(Figures);

/// <summary>The comparison of a customer.</summary>
/// <param name="UserId">The user's id in the panel.</param>
/// <param name="Name">The name in the panel; null when the panel's user is gone.</param>
/// <param name="Servers">The number of servers that were observed or billed.</param>
/// <param name="PanelTransactions">The sum of the panel's <c>transactions</c> of the type <c>server_hourly_billing</c>.</param>
public sealed record ShadowCustomer(
    [property: JsonIgnore] ShadowFigures Figures, int UserId, string? Name, int Servers, decimal PanelTransactions)
    : ShadowFigures(Figures);

/// <summary>The comparison of a server on a day (UTC).</summary>
/// <param name="Day">Such as <c>2026-03-01</c>.</param>
/// <param name="ServerId">The server's id in VirtFusion.</param>
/// <param name="UserId">The id in the panel of the user who pays or was billed.</param>
public sealed record ShadowDay([property: JsonIgnore] ShadowFigures Figures, string Day, int ServerId, int UserId)
    : ShadowFigures(Figures);
