using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Billing;

/// <summary>Serves the charges of servers and their explanations over HTTP.</summary>
public sealed class ChargeFunctions(Gate gate, ChargeQueries charges, Explain explain, TimeProvider time)
{
    private const string ListRoute = "api/admin/billing/servers/{serverId:int}/charges";
    private const string ExplainRoute = "api/admin/billing/servers/{serverId:int}/charges/{hour}";

    /// <summary>Shows the hourly charges of a server in a month.</summary>
    /// <param name="serverId">The server's id in VirtFusion.</param>
    [Function("GetServerCharges")]
    [Operation(Role.Viewer, Query = typeof(MonthQuery), Refuses = [404])]
    [Answer(200, typeof(ServerCharges))]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = ListRoute)] HttpRequest request, string serverId) =>
        gate.EnterAsync<MonthQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var id = RouteValue.Id(serverId, "server");
            await charges.RequireServerAsync(id, ct);
            var month = CalendarMonth.Parse(query.Month, time.GetUtcNow());
            var lines = await charges.OfServerAsync(id, month.Begin, ct);
            var (gross, adjusted) = (lines.Sum(line => line.Amount), await charges.CorrectionsAsync(id, month.Begin, ct));
            return ApiJson.Ok(new ServerCharges(
                id, month.Text, gross, adjusted, gross + adjusted,
                lines.Sum(line => (long)line.SecondsBilled), lines, await charges.SpellsAsync(id, month.Begin, ct)));
        });

    /// <summary>Explains the charge of an hour of a server, from the observations to the taken tokens.</summary>
    /// <param name="serverId">The server's id in VirtFusion.</param>
    /// <param name="hour">A full hour such as <c>2026-03-01T12:00:00Z</c>.</param>
    [Function("ExplainCharge")]
    [Operation(Role.Viewer, Refuses = [404])]
    [Answer(200, typeof(HourExplanation))]
    public Task<IResult> ExplainAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = ExplainRoute)] HttpRequest request, string serverId,
            string hour) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) =>
        {
            var id = RouteValue.Id(serverId, "server");
            return await explain.HourAsync(id, Query.ParseFullHour(hour, "hour"), ct) is { } explanation
                ? ApiJson.Ok(explanation) : Problem.NotFound($"Nothing is known of server {id} in that hour.");
        });
}

/// <summary>The hourly charges of a server in a calendar month (UTC).</summary>
/// <param name="Gross">The sum of its charges, in currency units.</param>
/// <param name="Corrections">Supplements minus credit notes.</param>
/// <param name="Net">The sum of both.</param>
/// <param name="SecondsBilled">The charged seconds, before corrections.</param>
/// <param name="Spells">The observed spells of the server.</param>
public sealed record ServerCharges(
    int ServerId, string Month, decimal Gross, decimal Corrections, decimal Net, long SecondsBilled, IReadOnlyList<ChargeLine> Charges,
        IReadOnlyList<Spell> Spells);
