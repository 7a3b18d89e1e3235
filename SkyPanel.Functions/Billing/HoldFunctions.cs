using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Billing;

/// <summary>Serves held hours and corrections, and decisions about them, over HTTP.</summary>
public sealed class HoldFunctions(Gate gate, NpgsqlDataSource database, Holds holds, BoundedCorrections corrections, PanelRepairs repairs,
    Idempotency idempotency)
{
    /// <summary>Lists held hours.</summary>
    [Function("ListHolds")]
    [Operation(Role.Viewer, Query = typeof(HoldsQuery))]
    [Answer(200, typeof(HoldsAnswer))]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/billing/holds")] HttpRequest request) =>
        gate.EnterAsync<HoldsQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var filter = new HoldFilter(query.State == HoldsQuery.All ? null : EnumText.Parse<HoldState>(query.State),
                query.Scope, query.UserId, query.ServerId, query.RunId, query.CreatedBefore);
            var page = await holds.ListAsync(filter, query.Cursor, query.Limit, ct);
            var sums = await filter.SumAsync(database, ct);
            return ApiJson.Ok(new HoldsAnswer(page, sums.All.Count, sums.All.Amount, sums.Approvable, sums.Rejectable,
                query.Next(page, hold => hold.Id)));
        });

    /// <summary>Decides about held hours or a held correction.</summary>
    /// <remarks><c>approve</c> lets the next run charge held hours, <c>reject</c> means that they are never charged, and <c>withdraw</c>
    /// takes an approval back until it is charged. Only an admin can decide about a held correction, which is posted at once.</remarks>
    /// <param name="id">The hold's number.</param>
    /// <param name="act"><c>approve</c>, <c>reject</c> or <c>withdraw</c>.</param>
    [Function("DecideHold")]
    [Operation(Role.Operator, Body = typeof(ReasonBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(HoldDecision))]
    public Task<IResult> DecideAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/billing/holds/{id:long}/{act}")] HttpRequest request,
        string id, string act) =>
        gate.EnterAsync(request, Role.Operator, async (caller, _) =>
        {
            var number = RouteValue.LongId(id, "hold");
            if (EnumText.Find<HoldAction>(act) is not { } decision)
                return Problem.NotFound($"A hold has no act '{act}': approve, reject and withdraw are.");
            var reason = (await ApiJson.ReadAsync<ReasonBody>(request)).Reason;
            return await idempotency.OnceAsync(request, caller, $"{act} {number}", reason,
                connection => DecideHoursAsync(connection, caller, number, decision, reason));
        });

    /// <summary>Decides about every open hold that matches a filter.</summary>
    /// <remarks>All or none: nothing is decided when the number of matching holds differs from the one given.</remarks>
    /// <param name="act"><c>approve</c> or <c>reject</c>.</param>
    [Function("DecideHolds")]
    [Operation(Role.Operator, Body = typeof(HoldsDecisionBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(HoldsDecision))]
    public Task<IResult> DecideAllAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/billing/holds/{act}")] HttpRequest request,
        string act) =>
        gate.EnterAsync(request, Role.Operator, async (caller, _) =>
        {
            var body = await ApiJson.ReadAsync<HoldsDecisionBody>(request);
            var decision = EnumText.Find<HoldAction>(act);
            if (decision is not (HoldAction.Approve or HoldAction.Reject))
                return Problem.NotFound($"Holds have no act '{act}' for many: approve and reject are.");
            var isApproved = decision == HoldAction.Approve;
            DateTimeOffset? createdBefore = body.CreatedBefore is { } text ? Query.ParseInstant(text, "createdBefore") : null;
            var filter = new HoldFilter(HoldState.Open, body.Scope, body.UserId, body.ServerId, body.RunId, createdBefore);
            return await idempotency.OnceAsync(request, caller, $"{act} {body.Count} {filter}", body.Reason, async connection =>
            {
                var decided = await Holds.DecideAllAsync(connection, filter, isApproved, caller.Name, body.Reason,
                    CancellationToken.None);
                if (decided != body.Count)
                    return Problem.Conflict($"{decided} holds match and can be decided so, not {body.Count}: nothing was decided.");
                await Audit.WriteAsync(connection, caller, act, $"{decided} holds", new { state = HoldState.Open },
                    filter with { State = isApproved ? HoldState.Approved : HoldState.Rejected }, body.Reason);
                return ApiJson.Ok(new HoldsDecision(true, decided));
            });
        });

    private async Task<IResult> DecideHoursAsync(NpgsqlConnection connection, Caller caller, long id, HoldAction act, string reason)
    {
        if (await Holds.DecideAsync(connection, id, act, caller.Name, reason, CancellationToken.None) is not var (isDecided, hold))
            return Problem.NotFound($"There is no hold {id}.");
        if (!isDecided)
            return Problem.Conflict(RefusalOf(hold, act));
        if (hold.Scope == HoldScope.Correction)
        {
            if (caller.Role < Role.Admin)
                return Problem.Forbidden(Role.Admin);
            if (act == HoldAction.Approve)
            {
                var supplement = await corrections.PostApprovedAsync(connection, id, CancellationToken.None);
                if (supplement > hold.Amount)
                    return Problem.Conflict(FormattableString.Invariant(
                        $"Hold {id} would cost {supplement} now, not the {hold.Amount} that it shows: reject it and correct again."));
                if (supplement is not null || await repairs.PostApprovedAsync(connection, id, CancellationToken.None))
                    hold = hold with { State = HoldState.Charged };
            }
        }
        await Audit.WriteAsync(connection, caller, act.Text(), $"hold {id}",
            new { state = act == HoldAction.Withdraw ? HoldState.Approved : HoldState.Open }, hold, reason);
        return ApiJson.Ok(new HoldDecision(true, hold));
    }

    private static string RefusalOf(Hold hold, HoldAction act) => (act, hold.State) switch
    {
        (HoldAction.Approve, HoldState.Open) =>
            $"Hold {hold.Id} can only be rejected while server {hold.ServerId} has no certain price and payer: {hold.Reason}.",
        (HoldAction.Withdraw, HoldState.Approved) => $"Hold {hold.Id} is being charged.",
        _ => $"Hold {hold.Id} is {hold.State.Text()}.",
    };
}

/// <summary>A page of holds by their number.</summary>
/// <param name="Count">The number of matching holds on all pages.</param>
/// <param name="Amount">The cost of all of them, in currency units.</param>
/// <param name="Approvable">Those that <c>approve</c> decides together.</param>
/// <param name="Rejectable">Those that <c>reject</c> decides together.</param>
/// <param name="NextCursor">Where the next page begins; null on the last one.</param>
public sealed record HoldsAnswer(
    IReadOnlyList<Hold> Holds, int Count, decimal Amount, HoldSum Approvable, HoldSum Rejectable, string? NextCursor);

/// <summary>Held hours after the decision.</summary>
public sealed record HoldDecision(bool Success, Hold Hold);

/// <summary>Holds that were decided together.</summary>
public sealed record HoldsDecision(bool Success, int Count);
