using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Customers;

/// <summary>Serves the data of a customer's own page over HTTP. The link selects the account: no route takes an account's id.</summary>
public sealed class OwnPageFunctions(Gate gate, CustomerLinks links, OwnPage page, Statements statements, TopUpQueries topUps,
    TimeProvider time)
{
    private const string HourRoute = "api/pay/servers/{serverId:int}/charges/{hour}";
    private const int MaxTopUps = 50;

    /// <summary>Shows balance, runway, servers and the amounts that can be paid.</summary>
    [Function("GetOwnAccount")]
    [Operation(Role.None, IsByLink = true)]
    [Answer(200, typeof(OwnAccount))]
    public Task<IResult> AccountAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/pay")] HttpRequest request) =>
        AdmitAsync<NoParameters>(request, async (customer, _, ct) => ApiJson.Ok(await page.ReadAsync(customer, ct)));

    /// <summary>Shows the cost of a server in a month, hour by hour.</summary>
    /// <param name="serverId">The server's id in VirtFusion.</param>
    [Function("GetOwnCharges")]
    [Operation(Role.None, IsByLink = true, Query = typeof(MonthQuery), Refuses = [404])]
    [Answer(200, typeof(OwnCharges))]
    public Task<IResult> ChargesAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/pay/servers/{serverId:int}/charges")] HttpRequest request,
        string serverId) =>
        AdmitAsync<MonthQuery>(request, async (customer, query, ct) =>
        {
            var month = CalendarMonth.Parse(query.Month, time.GetUtcNow());
            return ApiJson.Ok(await page.ChargesAsync(customer, RouteValue.Id(serverId, "server"), month, ct));
        });

    /// <summary>Explains an hour of a server.</summary>
    /// <param name="serverId">The server's id in VirtFusion.</param>
    /// <param name="hour">A full hour such as <c>2026-03-01T12:00:00Z</c>.</param>
    [Function("ExplainOwnHour")]
    [Operation(Role.None, IsByLink = true, Refuses = [404])]
    [Answer(200, typeof(OwnHour))]
    public Task<IResult> HourAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = HourRoute)] HttpRequest request,
        string serverId, string hour) =>
        AdmitAsync<NoParameters>(request, async (customer, _, ct) =>
            ApiJson.Ok(await page.ExplainAsync(customer, RouteValue.Id(serverId, "server"), Query.ParseFullHour(hour, "hour"), ct)));

    /// <summary>Lists the months with a statement, the latest first.</summary>
    [Function("ListOwnStatements")]
    [Operation(Role.None, IsByLink = true)]
    [Answer(200, typeof(StatementMonths))]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head",
        Route = "api/pay/statements")] HttpRequest request) =>
        AdmitAsync<NoParameters>(request,
            async (customer, _, ct) => ApiJson.Ok(new StatementMonths(customer.UserId, await statements.ListAsync(customer.UserId, ct))));

    /// <summary>Shows the charges and payments of a month.</summary>
    /// <param name="month">A calendar month (UTC) such as <c>2026-03</c>.</param>
    [Function("GetOwnStatement")]
    [Operation(Role.None, IsByLink = true, Query = typeof(StatementQuery), Refuses = [404])]
    [Answer(200, typeof(Statement))]
    [Answer(200, typeof(string), "text/csv")]
    [Answer(200, typeof(string), "text/html")]
    public Task<IResult> StatementAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/pay/statements/{month}")] HttpRequest request,
        string month) =>
        AdmitAsync<StatementQuery>(request, async (customer, query, ct) =>
            StatementFunctions.Answer(request, (await statements.ReadAsync(customer.UserId, month, ct)).ForCustomer(), query.Format));

    /// <summary>Lists the customer's top-ups, the latest first.</summary>
    [Function("ListOwnTopUps")]
    [Operation(Role.None, IsByLink = true)]
    [Answer(200, typeof(OwnTopUps))]
    public Task<IResult> TopUpsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/pay/top-ups")] HttpRequest request) =>
        AdmitAsync<NoParameters>(request, async (customer, _, ct) =>
            ApiJson.Ok(new OwnTopUps([.. (await topUps.ListAsync(null, customer.UserId, null, MaxTopUps, ct))
                .Select(TopUpAnswer.ForCustomer)])));

    private Task<IResult> AdmitAsync<TQuery>(HttpRequest request, Func<LinkedCustomer, TQuery, CancellationToken, Task<IResult>> handler)
        where TQuery : new() =>
        gate.AdmitAsync<LinkedCustomer, TQuery>(request, links.FindAsync, (customer, _, query, ct) => handler(customer, query, ct));

    private sealed class NoParameters;
}

/// <summary>The latest top-ups of a customer.</summary>
public sealed record OwnTopUps(IReadOnlyList<TopUpAnswer> TopUps);
