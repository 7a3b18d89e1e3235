using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Customers;

/// <summary>Serves top-ups over HTTP: with the panel's key for every account, with a customer's link for that account.</summary>
public sealed class TopUpFunctions(Gate gate, CustomerLinks links, TopUps topUps, TopUpQueries queries, TopUpSteps steps,
    Idempotency idempotency)
{
    /// <summary>Opens a top-up. The payer approves it at <c>approveUrl</c>.</summary>
    /// <remarks>While <c>approveUrl</c> is null, PayPal has not answered yet: read the top-up again a little later.</remarks>
    [Function("OpenTopUp")]
    [Operation(Role.Panel, IsByLink = true, Body = typeof(TopUpBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(201, typeof(TopUpAnswer))]
    public Task<IResult> OpenAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/top-ups")] HttpRequest request) =>
        EnterAsync(request, async (caller, ct) =>
        {
            var body = await ApiJson.ReadAsync<TopUpBody>(request);
            var amount = body.Amount!.Value;
            var userId = body.UserId ?? caller.UserId ?? throw new BadInputException("userId", "is missing");
            return await idempotency.OnceAsync(request, caller.Caller, "open top-up", FormattableString.Invariant($"{userId} {amount}"),
                () => OpenAsync(caller, userId, amount, ct));
        });

    /// <summary>Shows a top-up.</summary>
    /// <param name="id">The top-up's number.</param>
    [Function("GetTopUp")]
    [Operation(Role.Panel, IsByLink = true, Refuses = [404])]
    [Answer(200, typeof(TopUpAnswer))]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/top-ups/{id:long}")] HttpRequest request,
        string id) =>
        EnterAsync(request, async (caller, ct) => ApiJson.Ok(await AnswerAsync(caller, RouteValue.LongId(id, "top-up"), ct)));

    /// <summary>Checks the order now, after the payer returned from PayPal.</summary>
    /// <remarks>The request proves no payment: the order is read from PayPal.</remarks>
    /// <param name="id">The top-up's number.</param>
    [Function("ReturnFromPayPal")]
    [Operation(Role.Panel, IsByLink = true, Refuses = [404])]
    [Answer(200, typeof(TopUpAnswer))]
    public Task<IResult> ReturnAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/top-ups/{id:long}/return")] HttpRequest request,
        string id) =>
        EnterAsync(request, async (caller, ct) =>
        {
            var number = RouteValue.LongId(id, "top-up");
            await FindAsync(caller, number, ct);
            await steps.AdvanceAsync(number, CancellationToken.None);
            return ApiJson.Ok(await AnswerAsync(caller, number, ct));
        });

    private async Task<IResult> OpenAsync(TopUpCaller caller, int userId, decimal amount, CancellationToken ct)
    {
        if (await topUps.FindObstacleAsync(ct) is { } obstacle)
            return Problem.Conflict(caller.UserId is null ? obstacle : "Nothing can be paid here now.");
        if (caller.UserId is { } own && own != userId)
            return Problem.NotFound($"There is no user {userId}.");
        var id = await topUps.OpenAsync(caller.Caller, userId, amount, ct);
        // Not cancellable: a caller who disconnects finds the top-up in the list.
        await steps.AdvanceAsync(id, CancellationToken.None);
        return ApiJson.Ok(await AnswerAsync(caller, id, CancellationToken.None), 201);
    }

    private async Task<TopUpAnswer> AnswerAsync(TopUpCaller caller, long id, CancellationToken ct)
    {
        var topUp = await FindAsync(caller, id, ct);
        return caller.UserId is null ? TopUpAnswer.Of(topUp) : TopUpAnswer.ForCustomer(topUp);
    }

    /// <exception cref="NotFoundException">It doesn't exist, or belongs to another account.</exception>
    private async Task<TopUp> FindAsync(TopUpCaller caller, long id, CancellationToken ct) =>
        await queries.FindAsync(id, ct) is { } topUp && (caller.UserId is null || caller.UserId == topUp.UserId) ? topUp
            : throw new NotFoundException($"There is no top-up {id}.");

    private Task<IResult> EnterAsync(HttpRequest request, Func<TopUpCaller, CancellationToken, Task<IResult>> handler) =>
        gate.EnterOrAdmitAsync<LinkedCustomer>(request, Role.Panel, links.FindAsync,
            (customer, caller, ct) => handler(new(caller, customer?.UserId), ct));

    /// <param name="UserId">The only customer that it may act for; null for the panel, which may act for all.</param>
    private sealed record TopUpCaller(Caller Caller, int? UserId);
}

/// <summary>A new top-up, in the panel's currency.</summary>
public sealed class TopUpBody
{
    /// <summary>The customer's id in the panel. May be absent with a customer's link, which selects the customer.</summary>
    [Range(1, int.MaxValue)]
    public int? UserId { get; set; }

    /// <summary>Currency units, with no more decimals than the currency has, such as <c>"25.00"</c>.</summary>
    [Required]
    public decimal? Amount { get; set; }
}
