using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Customers;

/// <summary>Serves a customer's monthly statements over HTTP.</summary>
public sealed class StatementFunctions(Gate gate, Statements statements)
{
    private const string ListRoute = "api/admin/billing/accounts/{userId:int}/statements";
    private const string OneRoute = "api/admin/billing/accounts/{userId:int}/statements/{month}";

    /// <summary>Lists the months of a customer with a statement, the latest first.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("ListStatements")]
    [Operation(Role.Viewer, IsForPanel = true, Refuses = [404])]
    [Answer(200, typeof(StatementMonths))]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = ListRoute)] HttpRequest request,
        string userId) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) =>
        {
            var id = RouteValue.Id(userId, "user");
            return ApiJson.Ok(new StatementMonths(id, await statements.ListAsync(id, ct)));
        }, isForPanel: true);

    /// <summary>Shows a customer's charges and payments of a month.</summary>
    /// <remarks>Opening and lines add up to closing. The statement is final once every hour of the month is decided, and then never
    /// changes.</remarks>
    /// <param name="userId">The customer's id in the panel.</param>
    /// <param name="month">A calendar month (UTC) such as <c>2026-03</c>.</param>
    [Function("GetStatement")]
    [Operation(Role.Viewer, IsForPanel = true, Query = typeof(StatementQuery), Refuses = [404])]
    [Answer(200, typeof(Statement))]
    [Answer(200, typeof(string), "text/csv")]
    [Answer(200, typeof(string), "text/html")]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = OneRoute)] HttpRequest request, string userId, string month) =>
        gate.EnterAsync<StatementQuery>(request, Role.Viewer, async (_, query, ct) =>
            Answer(request, await statements.ReadAsync(RouteValue.Id(userId, "user"), month, ct), query.Format), isForPanel: true);

    internal static IResult Answer(HttpRequest request, Statement statement, string format)
    {
        switch (format)
        {
            case "csv":
                return Csv.Answer(FormattableString.Invariant($"statement-{statement.UserId}-{statement.Month}.csv"),
                    StatementCsv.Lines(statement));
            case "html":
                request.HttpContext.Response.Headers.ContentSecurityPolicy = StatementHtml.ContentSecurityPolicy;
                return Results.Text(StatementHtml.Write(statement), "text/html", Encoding.UTF8);
            default:
                return ApiJson.Ok(statement);
        }
    }
}

/// <summary>The months of a customer with a statement, the latest first.</summary>
public sealed record StatementMonths(int UserId, IReadOnlyList<StatementMonth> Months);

/// <summary>Selects the format of a statement.</summary>
public sealed class StatementQuery
{
    /// <summary>JSON, CSV, or a page that prints on A4.</summary>
    [AllowedValues("json", "csv", "html")]
    public string Format { get; set; } = "json";
}
