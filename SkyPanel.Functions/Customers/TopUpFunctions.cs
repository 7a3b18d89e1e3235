using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Customers;

/// <summary>Serves top-ups over HTTP: with the panel's key for every account, with a customer's link for that account.</summary>
public sealed class TopUpFunctions(Gate gate, CustomerLinks links, TopUpAccess topUps, Idempotency idempotency)
{
    private const string Route = "api/top-ups";
    private const string OneRoute = "api/top-ups/{id:long}";
    private const string ReturnRoute = "api/top-ups/{id:long}/return";

    /// <summary>Opens a top-up. The payer approves it at <c>approveUrl</c>.</summary>
    /// <remarks>While <c>approveUrl</c> is null, PayPal has not answered yet: read the top-up again a little later.</remarks>
    [Function("OpenTopUp")]
    [Operation(Role.Panel, IsByLink = true, Body = typeof(TopUpBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(201, typeof(TopUpAnswer))]
    public Task<IResult> OpenAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request) =>
        EnterAsync(request, async (caller, ct) =>
        {
            var body = await ApiJson.ReadAsync<TopUpBody>(request);
            var amount = body.Amount!.Value;
            var userId = body.UserId ?? caller.UserId ?? throw new BadInputException("userId", "is missing");
            return await idempotency.OnceAsync(request, caller.Caller, "open top-up", FormattableString.Invariant($"{userId} {amount}"),
                () => topUps.OpenAsync(caller, userId, amount, ct));
        });

    /// <summary>Shows a top-up.</summary>
    /// <param name="id">The top-up's number.</param>
    [Function("GetTopUp")]
    [Operation(Role.Panel, IsByLink = true, Refuses = [404])]
    [Answer(200, typeof(TopUpAnswer))]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = OneRoute)] HttpRequest request,
        string id) =>
        EnterAsync(request, (caller, ct) => topUps.FindAsync(caller, RouteValue.LongId(id, "top-up"), ct));

    /// <summary>Checks the order now, after the payer returned from PayPal.</summary>
    /// <remarks>The request proves no payment: the order is read from PayPal.</remarks>
    /// <param name="id">The top-up's number.</param>
    [Function("ReturnFromPayPal")]
    [Operation(Role.Panel, IsByLink = true, Refuses = [404])]
    [Answer(200, typeof(TopUpAnswer))]
    public Task<IResult> ReturnAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = ReturnRoute)] HttpRequest request,
        string id) =>
        EnterAsync(request, (caller, ct) => topUps.ReturnAsync(caller, RouteValue.LongId(id, "top-up"), ct));

    private Task<IResult> EnterAsync(HttpRequest request, Func<TopUpCaller, CancellationToken, Task<IResult>> handler) =>
        gate.EnterOrAdmitAsync<LinkedCustomer>(request, Role.Panel, links.FindAsync,
            (customer, caller, ct) => handler(new(caller, customer?.UserId), ct));
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
