using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Customers;

/// <summary>Top-ups of the customer whose link it is, over HTTP. The browser says how much, and nothing else.</summary>
public sealed class OwnTopUpFunctions(Gate gate, CustomerLinks links, TopUpDesk desk, TopUpQueries topUps, Idempotency idempotency)
{
    private const string Route = "api/pay/top-ups";
    private const string OneRoute = "api/pay/top-ups/{id:long}";
    private const string ReturnRoute = "api/pay/top-ups/{id:long}/return";
    private const int MostListed = 50;

    /// <summary>Lists the customer's top-ups, the latest first.</summary>
    [Function("ListOwnTopUps")]
    [Operation(Role.None, IsByLink = true)]
    [Answer(200, typeof(OwnTopUps))]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request) =>
        AdmitAsync(request, async (customer, _, ct) =>
            ApiJson.Ok(new OwnTopUps([.. (await topUps.ListAsync(null, customer.UserId, null, MostListed, ct)).Select(TopUpAnswer.Of)])));

    /// <summary>Opens a top-up, which its payer approves at <c>approveUrl</c>.</summary>
    /// <remarks>Without an <c>approveUrl</c> PayPal gave no answer yet: ask for the top-up again a little later.</remarks>
    [Function("OpenOwnTopUp")]
    [Operation(Role.None, IsByLink = true, Body = typeof(OwnTopUpBody), IsRepeatable = true)]
    [Answer(201, typeof(TopUpAnswer))]
    public Task<IResult> OpenAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request) =>
        AdmitAsync(request, async (customer, caller, ct) =>
        {
            var amount = (await ApiJson.ReadAsync<OwnTopUpBody>(request)).Amount;
            return await idempotency.OnceAsync(request, caller, "open top-up", FormattableString.Invariant($"{amount}"), () =>
                desk.OpenAsync(new(caller, customer.UserId), new() { UserId = customer.UserId, Amount = amount }, ct));
        });

    /// <summary>Shows a top-up.</summary>
    /// <param name="id">The top-up's number.</param>
    [Function("GetOwnTopUp")]
    [Operation(Role.None, IsByLink = true, Refuses = [404])]
    [Answer(200, typeof(TopUpAnswer))]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = OneRoute)] HttpRequest request,
        string id) =>
        AdmitAsync(request, (customer, caller, ct) => desk.FindAsync(new(caller, customer.UserId), RouteValue.LongId(id, "top-up"), ct));

    /// <summary>Tells that the payer came back from PayPal: its order is looked at now.</summary>
    /// <param name="id">The top-up's number.</param>
    [Function("ReturnOwnTopUp")]
    [Operation(Role.None, IsByLink = true, Refuses = [404])]
    [Answer(200, typeof(TopUpAnswer))]
    public Task<IResult> ReturnAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = ReturnRoute)] HttpRequest request,
        string id) =>
        AdmitAsync(request, (customer, caller, ct) => desk.ReturnAsync(new(caller, customer.UserId), RouteValue.LongId(id, "top-up"), ct));

    private Task<IResult> AdmitAsync(HttpRequest request, Func<LinkedCustomer, Caller, CancellationToken, Task<IResult>> handler) =>
        gate.AdmitAsync<LinkedCustomer, NoParameters>(request, links.FindAsync, (customer, caller, _, ct) => handler(customer, caller, ct));

    private sealed class NoParameters;
}

/// <summary>The latest top-ups of a customer.</summary>
public sealed record OwnTopUps(IReadOnlyList<TopUpAnswer> TopUps);

/// <summary>What is to be paid. Account and currency are those of the link and the panel.</summary>
public sealed class OwnTopUpBody
{
    /// <summary>Currency units, with no more decimals than the currency has, such as <c>"25.00"</c>.</summary>
    [Required]
    public decimal? Amount { get; set; }
}
