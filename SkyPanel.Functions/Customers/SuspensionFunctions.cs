using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Customers;

/// <summary>Serves suspensions, their preview, and decisions about held accounts over HTTP.</summary>
public sealed class SuspensionFunctions(Gate gate, NpgsqlDataSource database, SuspensionQueries queries, Idempotency idempotency)
{
    private const string DecideRoute = "api/admin/customers/suspensions/holds/{id:long}/{act}";

    private const string DecideSql = """
        update cron_service.suspension_holds set state = @state, decided_by = @by, decided_at = now(), decision_reason = @reason
            where id = @id and state = 'open'
        """;

    /// <summary>Lists the servers that this app suspended, the latest first; or previews the accounts to suspend, and the
    /// obstacles.</summary>
    [Function("ListSuspensions")]
    [Operation(Role.Viewer, Query = typeof(SuspensionsQuery))]
    [Answer(200, typeof(SuspensionsAnswer))]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/customers/suspensions")] HttpRequest request) =>
        gate.EnterAsync<SuspensionsQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var (_, policy) = await Policy.ReadAsync(database, ct);
            var hold = await queries.FindHoldAsync(null, ct);
            if (query.Preview)
                return ApiJson.Ok(new SuspensionsAnswer(policy.Enabled, policy.DryRun, hold,
                    await queries.PreviewAsync(query.Limit, ct), [], null));
            var found = await queries.ListAsync(null, query.State, query.Cursor, query.Limit, null, ct);
            return ApiJson.Ok(new SuspensionsAnswer(policy.Enabled, policy.DryRun, hold, [], found,
                query.Next(found, suspension => suspension.Id)));
        });

    /// <summary>Decides about accounts that are too many to be suspended in one run.</summary>
    /// <remarks>Accounts that are due within a day of an approval are suspended. After a rejection, they are left alone until they have
    /// money again.</remarks>
    /// <param name="id">The hold's number.</param>
    /// <param name="act"><c>approve</c> or <c>reject</c>.</param>
    [Function("DecideSuspensionHold")]
    [Operation(Role.Operator, Body = typeof(ReasonBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(SuspensionHold))]
    public Task<IResult> DecideAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = DecideRoute)] HttpRequest request, string id, string act) =>
        gate.EnterAsync(request, Role.Operator, async (caller, _) =>
        {
            var number = RouteValue.LongId(id, "hold");
            var reason = (await ApiJson.ReadAsync<ReasonBody>(request)).Reason;
            var state = act switch
            {
                "approve" => SuspensionHoldState.Approved,
                "reject" => SuspensionHoldState.Rejected,
                _ => throw new NotFoundException($"A hold of suspensions has no act '{act}': approve and reject are."),
            };
            return await idempotency.OnceAsync(request, caller, $"{act} suspensions {number}", reason, async connection =>
            {
                if (await SuspensionQueries.FindHoldAsync(connection, number) is not { } hold)
                    return Problem.NotFound($"There is no hold of suspensions {number}.");
                if (hold.State != SuspensionHoldState.Open)
                    return Problem.Conflict($"Hold {number} is {hold.State.Text()}.");
                await connection.ExecuteAsync(DecideSql, CancellationToken.None, ("id", number), ("state", state.Text()),
                    ("by", caller.Name), ("reason", reason));
                var decided = await SuspensionQueries.FindHoldAsync(connection, number);
                await Audit.WriteAsync(connection, caller, $"{act}-suspensions", $"hold {number}", hold, decided, reason);
                return ApiJson.Ok(decided!);
            });
        });
}

/// <summary>Selects the suspensions to list.</summary>
public sealed class SuspensionsQuery : PageQuery
{
    public SuspensionsQuery() => Limit = 100;

    /// <summary>True: lists the accounts that would be suspended now, and the obstacles of the others; the earliest due first.</summary>
    public bool Preview { get; set; }

    /// <summary>The state of the suspensions.</summary>
    [AllowedValues("ordered", "suspended", "resuming", "resumed", "abandoned")]
    public string? State { get; set; }
}

/// <summary>The suspensions, or their preview.</summary>
/// <param name="Hold">Accounts that wait for a person's decision; null when there are none.</param>
/// <param name="Preview">The overdue accounts; empty unless a preview was requested.</param>
/// <param name="NextCursor">The start of the next page; null on the last one.</param>
public sealed record SuspensionsAnswer(
    bool Enabled, bool DryRun, SuspensionHold? Hold, IReadOnlyList<SuspensionPreview> Preview, IReadOnlyList<SuspensionAnswer> Suspensions,
        string? NextCursor);
