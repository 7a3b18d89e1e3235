using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Serves the comparison and repair of what the panel's own engine took before the take-over, over HTTP.</summary>
public sealed class RepairFunctions(Gate gate, ScratchTransaction scratch, Repairs repairs, Idempotency idempotency)
{
    /// <summary>Compares what the panel's own engine took with the cost of the hours that it billed.</summary>
    /// <remarks>Compares the whole calendar months (UTC) that the range touches. An hour that was billed twice counts once, and time in
    /// which a server was seen suspended or gone doesn't count. The panel took its hourly rate in whole tokens, rounded for each completed
    /// row. Nothing is stored. The customers and server-months with the most left to repair are listed; the sums include all that are
    /// clear.</remarks>
    [Function("GetRepair")]
    [Operation(Role.Viewer, Query = typeof(RepairQuery), Refuses = [409])]
    [Answer(200, typeof(Repair))]
    [Answer(200, typeof(string), "text/csv")]
    public Task<IResult> CompareAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/billing/repair")] HttpRequest request) =>
        gate.EnterAsync<RepairQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var isCsv = Csv.IsWanted(request, query.Format);
            var most = isCsv ? Csv.MaxRows : query.Limit;
            var answer = await scratch.TryAsync(async connection =>
                new Computed(await repairs.ComputeAsync(connection, query.From, query.To, most, ct)), ct);
            return answer switch
            {
                null => ScratchTransaction.Busy(request),
                { Repair: null } => Problem.Conflict("The panel has no virtfusion_hourly_transactions: there is nothing to compare."),
                { Repair: var repair } when !isCsv => ApiJson.Ok(repair),
                { Repair: var repair } => query.List == "months"
                    ? Csv.Answer("repair-months.csv", repair.Months) : Csv.Answer("repair-customers.csv", repair.Customers),
            };
        });

    /// <summary>Gives back what the panel took too much from a customer, or charges what it took too little.</summary>
    /// <remarks>Posts one credit note or supplement for the remaining difference in the months that the range touches. A supplement beyond
    /// the bounds of a run is held: 202 with the id of the hold, which an admin approves or rejects. When nothing is left it answers
    /// 409.</remarks>
    /// <param name="userId">The user's id in the panel.</param>
    [Function("RepairAccount")]
    [Operation(Role.Operator, Body = typeof(RepairBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(RepairAnswer))]
    [Answer(202, typeof(RepairAnswer))]
    public Task<IResult> RepairAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/billing/repair/{userId:int}")] HttpRequest request,
        string userId) =>
        gate.EnterAsync(request, Role.Operator, async (caller, _) =>
        {
            var id = RouteValue.Id(userId, "user");
            var body = await ApiJson.ReadAsync<RepairBody>(request);
            if (body.Remaining is { } amount && amount != Money.Round6(amount))
                throw new BadInputException("remaining", "must have six decimals at most");
            DateTimeOffset? from = body.From is { } begin ? Query.ParseInstant(begin, "from") : null;
            DateTimeOffset? to = body.To is { } end ? Query.ParseInstant(end, "to") : null;
            return await idempotency.OnceAsync(request, caller, $"repair user {id}",
                FormattableString.Invariant($"{from:O} {to:O} {body.Remaining} {body.Reason}"), async connection =>
            {
                var (posted, refusal) = await repairs.RepairAsync(
                    connection, id, from, to, body.Remaining, body.Reason, caller.Name, CancellationToken.None);
                if (posted is null)
                    return Problem.Conflict(refusal!);
                await Audit.WriteAsync(connection, caller, "repair", $"user {id}", null, posted, body.Reason);
                return ApiJson.Ok(new RepairAnswer(true, id, posted.Id, posted.Kind, posted.Amount, posted.TransferId, posted.HoldId,
                    posted.HeldBecause), posted.HoldId is null ? 200 : 202);
            });
        });

    private sealed record Computed(Repair? Repair);
}

/// <summary>Selects the months and the format of the answer.</summary>
public sealed class RepairQuery : RowsQuery
{
    /// <summary>A time in the first month; the panel's first row by default.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>A time in the last month, exclusive; the panel's last row by default.</summary>
    public DateTimeOffset? To { get; set; }

    /// <summary>The rows of a CSV.</summary>
    [AllowedValues("customers", "months")]
    public string List { get; set; } = "customers";
}

/// <summary>A request to repair the difference of a customer.</summary>
public sealed class RepairBody : ReasonBody
{
    /// <summary>The start, as in the comparison; the panel's first row by default.</summary>
    public string? From { get; set; }

    /// <summary>The end, as in the comparison; the panel's last row by default.</summary>
    public string? To { get; set; }

    /// <summary>The remaining difference of the comparison: nothing is posted when it has changed since.</summary>
    public decimal? Remaining { get; set; }
}

/// <summary>A repair that was posted, or waits for an admin.</summary>
/// <param name="Kind">The kind: <c>credit_note</c> lowers the owed amount, <c>supplement</c> raises it, <c>none</c> doesn't change it, as
/// the differences of the servers add up to zero.</param>
/// <param name="Amount">Currency units.</param>
/// <param name="TransferId">Null when it is held or the amount is zero.</param>
/// <param name="HoldId">The hold that an admin must decide before it is posted; null when it was posted.</param>
/// <param name="HeldBecause">The bound that it exceeds.</param>
public sealed record RepairAnswer(
    bool Success, int UserId, long RepairId, CorrectionKind Kind, decimal Amount,
    long? TransferId, long? HoldId, string? HeldBecause);
