using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Wallet;

/// <summary>Debits and refunds, and decisions about held ones, over HTTP.</summary>
public sealed class DebitFunctions(Gate gate, DebitQueries debits, HeldDebits held, Idempotency idempotency)
{
    /// <summary>Lists debits and refunds, newest first.</summary>
    [Function("ListDebits")]
    [Operation(Role.Viewer, Query = typeof(DebitsQuery))]
    [Answer(200, typeof(DebitPage))]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/billing/debits")] HttpRequest request) =>
        gate.EnterAsync<DebitsQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var page = await debits.ListAsync(query, ct);
            return ApiJson.Ok(new DebitPage(page, query.Next(page, row => row.Id)));
        });

    /// <summary>Decides about a held debit.</summary>
    /// <param name="id">The debit's number.</param>
    /// <param name="act"><c>settle</c> (the tokens were taken), <c>resend</c> (they were not: take them now) or <c>void</c> (they were not:
    /// cancel this debit; its amount goes into the next one).</param>
    [Function("DecideDebit")]
    [Operation(Role.Operator, Body = typeof(ReasonBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(DebitDecision))]
    public Task<IResult> DecideAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/billing/debits/{id:long}/{act}")] HttpRequest request,
        string id, string act) =>
        gate.EnterAsync(request, Role.Operator, async (caller, _) =>
        {
            var number = RouteValue.LongId(id, "debit");
            var reason = (await ApiJson.ReadAsync<ReasonBody>(request)).Reason;
            var decision = Known(act);
            return await idempotency.OnceAsync(request, caller, $"{act} {number}", reason, async connection =>
            {
                if (await held.DecideAsync(connection, number, decision, caller.Name, reason, CancellationToken.None)
                    is not var (isDecided, state))
                    return Problem.NotFound($"There is no debit {number}.");
                if (!isDecided)
                    return Problem.Conflict($"Debit {number} is {state.Text()}: only a held one can be decided.");
                await Audit.WriteAsync(connection, caller, act, $"debit {number}", new { state = DebitState.Held },
                    new { state }, reason);
                return ApiJson.Ok(new DebitDecision(true, await DebitQueries.FindAsync(connection, number, CancellationToken.None)));
            });
        });

    /// <summary>Decides about every held debit that matches a filter.</summary>
    /// <remarks>All or none: nothing is decided when the number that match isn't the one given, or one of them can't be decided.</remarks>
    /// <param name="act"><c>settle</c>, <c>resend</c> or <c>void</c>.</param>
    [Function("DecideDebits")]
    [Operation(Role.Operator, Body = typeof(DebitsDecisionBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(DebitsDecision))]
    public Task<IResult> DecideAllAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/billing/debits/{act}")] HttpRequest request,
        string act) =>
        gate.EnterAsync(request, Role.Operator, async (caller, _) =>
        {
            var body = await ApiJson.ReadAsync<DebitsDecisionBody>(request);
            var decision = Known(act);
            DateTimeOffset? heldBefore = body.HeldBefore is { } text ? Query.ParseInstant(text, "heldBefore") : null;
            return await idempotency.OnceAsync(request, caller, $"{act} {body.Count} {body.UserId} {body.RunId} {heldBefore:O}",
                body.Reason, async connection =>
            {
                var ids = await DebitQueries.HeldIdsAsync(connection, body.UserId, body.RunId, heldBefore,
                    CancellationToken.None);
                if (ids.Count != body.Count)
                    return Problem.Conflict($"{ids.Count} held debits match, not {body.Count}: nothing was decided.");
                foreach (var id in ids)
                {
                    if (await held.DecideAsync(connection, id, decision, caller.Name, body.Reason, CancellationToken.None)
                        is not (true, _))
                        return Problem.Conflict($"Debit {id} can't be decided now: nothing was decided.");
                }
                await Audit.WriteAsync(connection, caller, act, $"{ids.Count} debits", new { state = DebitState.Held },
                    new { ids }, body.Reason);
                return ApiJson.Ok(new DebitsDecision(true, ids.Count));
            });
        });

    private static DebitAction Known(string act) => EnumText.Find<DebitAction>(act)
        ?? throw new NotFoundException($"A held debit has no act '{act}': settle, resend and void are.");
}

/// <summary>Debits and refunds, newest first.</summary>
/// <param name="NextCursor">Where the next page begins; null on the last one.</param>
public sealed record DebitPage(IReadOnlyList<Debit> Debits, string? NextCursor);

/// <summary>A held debit after the decision.</summary>
public sealed record DebitDecision(bool Success, Debit? Debit);

/// <summary>Held debits that were decided together.</summary>
public sealed record DebitsDecision(bool Success, int Count);

/// <summary>A decision about several held debits. Absent filters match all.</summary>
public sealed class DebitsDecisionBody : ReasonBody
{
    /// <summary>The number of matching debits in the list.</summary>
    [Required, Range(1, 1000)]
    public int? Count { get; set; }

    /// <summary>The customer's id in the panel.</summary>
    [Range(1, int.MaxValue)]
    public int? UserId { get; set; }

    /// <summary>The run that opened them.</summary>
    [Range(typeof(long), "1", "9223372036854775807")]
    public long? RunId { get; set; }

    /// <summary>Last attempted before this instant.</summary>
    public string? HeldBefore { get; set; }
}

/// <summary>Selects the debits to list.</summary>
public sealed class DebitsQuery : PageQuery
{
    internal const string Waiting = "waiting";

    /// <summary>The state; <c>waiting</c> means held or in doubt.</summary>
    [AllowedValues("pending", "sending", "in_doubt", "held", "settled", "voided", Waiting)]
    public string? State { get; set; }

    /// <summary>The customer's id in the panel.</summary>
    [Range(1, int.MaxValue)]
    public int? UserId { get; set; }

    /// <summary>The run that opened them.</summary>
    [Range(typeof(long), "1", "9223372036854775807")]
    public long? RunId { get; set; }
}
