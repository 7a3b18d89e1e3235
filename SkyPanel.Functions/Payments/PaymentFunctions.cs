using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Payments;

/// <summary>Serves top-ups, decisions about them and the reconciliation with PayPal over HTTP.</summary>
public sealed class PaymentFunctions(Gate gate, TopUpQueries queries, TopUpSteps steps, Reconciliation reconciliation,
    Idempotency idempotency)
{
    /// <summary>Lists top-ups, the latest first.</summary>
    [Function("ListTopUps")]
    [Operation(Role.Viewer, Query = typeof(TopUpsQuery))]
    [Answer(200, typeof(TopUpsAnswer))]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/payments/top-ups")] HttpRequest request) =>
        gate.EnterAsync<TopUpsQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var found = await queries.ListAsync(query.State, query.UserId, query.Cursor, query.Limit, ct);
            return ApiJson.Ok(new TopUpsAnswer([.. found.Select(TopUpAnswer.Of)], query.Next(found, topUp => topUp.Id)));
        });

    /// <summary>Grants the tokens of a held top-up for its remaining money, less those that it has.</summary>
    /// <param name="id">The top-up's number.</param>
    [Function("GrantTopUp")]
    [Operation(Role.Operator, Body = typeof(ReasonBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(TopUpAnswer))]
    public Task<IResult> GrantAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/payments/top-ups/{id:long}/grant")] HttpRequest request,
        string id) =>
        DecideAsync<ReasonBody>(request, "grant-top-up", id, body => body.Reason, body => body.Reason,
            async (connection, topUp, body, caller) =>
        {
            if (Grants.FindObstacle(topUp) is { } obstacle)
                return $"Top-up {topUp.Id} can't be granted: {obstacle}.";
            await Grants.AlignAsync(connection, topUp, isByPerson: true, CancellationToken.None);
            return null;
        });

    /// <summary>Refunds money of a top-up by PayPal, and then takes its tokens back. A held one without a known payment is
    /// closed.</summary>
    /// <param name="id">The top-up's number.</param>
    [Function("RefundTopUp")]
    [Operation(Role.Operator, Body = typeof(PaymentRefundBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(TopUpAnswer))]
    public Task<IResult> RefundAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/payments/top-ups/{id:long}/refund")] HttpRequest request,
        string id) =>
        DecideAsync<PaymentRefundBody>(request, "refund-top-up", id, body => body.Reason,
            body => FormattableString.Invariant($"{body.Reason} {body.Amount}"), async (connection, topUp, body, caller) =>
        {
            if (topUp is { State: TopUpState.Held, CapturedAt: null })
            {
                await TopUpQueries.CloseUnpaidAsync(connection, topUp.Id, body.Reason);
                return null;
            }
            if (topUp.CapturedAt is null || topUp.KeptAmount == 0)
                return $"Top-up {topUp.Id} is {topUp.State.Text()}: there is nothing to give back.";
            if (topUp.IsDisputed)
                return $"Top-up {topUp.Id} is disputed: PayPal decides about its money.";
            var amount = new PayPalMoney(topUp.Captured!.Currency, body.Amount ?? topUp.KeptAmount);
            if (amount.Value <= 0 || amount.Value > topUp.KeptAmount || !amount.IsExact)
                throw new BadInputException("amount",
                    $"must be more than 0 and at most {topUp.KeptAmount} {amount.Currency}, with " +
                    $"{PayPalMoney.DecimalsOf(amount.Currency)} decimals");
            return await TopUpRefunds.OpenAsync(connection, topUp.Id, amount.Value, caller.Name, body.Reason) ? null
                : $"Another refund of top-up {topUp.Id} is in progress.";
        });

    /// <summary>Compares a month's payments at PayPal with the top-ups.</summary>
    [Function("ReconcilePayments")]
    [Operation(Role.Viewer, Query = typeof(MonthQuery), Refuses = [409])]
    [Answer(200, typeof(ReconciliationAnswer))]
    public Task<IResult> ReconcileAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/payments/reconciliation")] HttpRequest request) =>
        gate.EnterAsync<MonthQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var (answer, problem) = await reconciliation.OfMonthAsync(query.Month, ct);
            return answer is null ? Problem.Conflict($"PayPal's list of payments can't be read: {problem}") : ApiJson.Ok(answer);
        });

    private Task<IResult> DecideAsync<TBody>(
        HttpRequest request, string action, string id, Func<TBody, string> reason, Func<TBody, string> text,
        Func<NpgsqlConnection, TopUp, TBody, Caller, Task<string?>> decideAsync) where TBody : class, new() =>
        gate.EnterAsync(request, Role.Operator, async (caller, _) =>
        {
            var number = RouteValue.LongId(id, "top-up");
            var body = await ApiJson.ReadAsync<TBody>(request);
            return await idempotency.OnceAsync(request, caller, $"{action} {number}", text(body), async connection =>
            {
                if (await TopUpQueries.LockAsync(connection, number) is not { } topUp)
                    return Problem.NotFound($"There is no top-up {number}.");
                if (await decideAsync(connection, topUp, body, caller) is { } refusal)
                    return Problem.Conflict(refusal);
                // If the process dies now, the next heartbeat takes the step.
                await TopUpClaims.WakeAsync(connection, number);
                var after = TopUpAnswer.Of((await TopUpQueries.LockAsync(connection, number))!);
                await Audit.WriteAsync(connection, caller, action, $"top-up {number}", TopUpAnswer.Of(topUp), after, reason(body));
                return ApiJson.Ok(after);
            }, follow: async () =>
            {
                await steps.AdvanceAsync(number, CancellationToken.None);
                return ApiJson.Ok(TopUpAnswer.Of((await queries.FindAsync(number, CancellationToken.None))!));
            });
        });
}

/// <summary>A refund to make.</summary>
public sealed class PaymentRefundBody : ReasonBody
{
    /// <summary>Currency units; all remaining money by default.</summary>
    public decimal? Amount { get; set; }
}

/// <summary>Selects the top-ups.</summary>
public sealed class TopUpsQuery : PageQuery
{
    public TopUpsQuery() => Limit = 100;

    /// <summary>Their state.</summary>
    [AllowedValues("created", "ordered", "capturing", "in_doubt", "pending", "declined", "captured", "granting", "granted",
        "partly_refunded", "refunded", "disputed", "won", "lost", "held",
        "cancelled", "expired", "denied")]
    public string? State { get; set; }

    /// <summary>The customer's id in the panel.</summary>
    public int? UserId { get; set; }
}

/// <summary>A page of top-ups.</summary>
public sealed record TopUpsAnswer(IReadOnlyList<TopUpAnswer> TopUps, string? NextCursor);
