using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Customers;

/// <summary>Serves links to customers' own pages over HTTP. Only the answer to the request that makes a link contains its
/// address.</summary>
public sealed class LinkFunctions(Gate gate, CustomerLinks links, Idempotency idempotency, NpgsqlDataSource database)
{
    private const string Route = "api/admin/customers/{userId:int}/links";
    private const string OneRoute = "api/admin/customers/{userId:int}/links/{id:long}";

    /// <summary>Lists the links of a customer, the latest first.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("ListLinks")]
    [Operation(Role.Viewer, Refuses = [404])]
    [Answer(200, typeof(LinksAnswer))]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request,
        string userId) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) =>
        {
            var id = RouteValue.Id(userId, "user");
            return await links.ListAsync(id, ct) is { } found ? ApiJson.Ok(new LinksAnswer(id, found))
                : Problem.NotFound($"There is no user {id}.");
        });

    /// <summary>Makes a link to a customer's own page.</summary>
    /// <remarks>Only this answer contains the address.</remarks>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("CreateLink")]
    [Operation(Role.Panel, Body = typeof(LinkBody), IsRepeatable = true, Refuses = [404])]
    [Answer(201, typeof(ShownLink))]
    public Task<IResult> CreateAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request,
        string userId) =>
        gate.EnterAsync(request, Role.Panel, async (caller, _) =>
        {
            var id = RouteValue.Id(userId, "user");
            var body = await ApiJson.ReadAsync<LinkBody>(request);
            var days = body.Days ?? CustomerLinks.DefaultDays;
            if (links.FindObstacle() is { } obstacle)
                return Problem.Conflict(obstacle);
            var token = links.NewToken(id);
            return await idempotency.OnceAsync(request, caller, $"create link of user {id}",
                FormattableString.Invariant($"{days} {body.Reason}"), async connection =>
            {
                if (await links.CreateAsync(connection, id, token, caller.Name, body.Reason, days) is not var (info, address))
                    return Problem.NotFound($"There is no user {id}.");
                await Audit.WriteAsync(connection, caller, "create-link", $"user {id}", null, info, body.Reason);
                return ApiJson.Ok(new ShownLink(true, info, address, "This is the only time that the address is shown."), 201);
            }, ShownLink.ToStore);
        });

    /// <summary>Revokes a link at once.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    /// <param name="id">The link's number.</param>
    [Function("RevokeLink")]
    [Operation(Role.Panel, Refuses = [404])]
    [Answer(200, typeof(RevokedLink))]
    public Task<IResult> RevokeAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = OneRoute)] HttpRequest request,
        string userId, string id) =>
        gate.EnterAsync(request, Role.Panel, async (caller, _) =>
        {
            var (user, number) = (RouteValue.Id(userId, "user"), RouteValue.LongId(id, "link"));
            await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
            await using var transaction = await connection.BeginAsync(CancellationToken.None);
            if (await CustomerLinks.RevokeAsync(connection, user, number, caller.Name) is not { } info)
                return Problem.NotFound($"User {user} has no link {number}.");
            await Audit.WriteAsync(connection, caller, "revoke-link", $"user {user}", null, info, null);
            await transaction.CommitAsync(CancellationToken.None);
            return ApiJson.Ok(new RevokedLink(true, info));
        });
}

/// <summary>A new link.</summary>
public sealed class LinkBody
{
    /// <summary>The purpose of the link.</summary>
    [Required, Length(1, 500)]
    public string Reason { get; set; } = "";

    /// <summary>Validity in days; 30 by default.</summary>
    [Range(1, CustomerLinks.MaxDays)]
    public int? Days { get; set; }
}

/// <summary>A customer's links, the latest first, without their addresses.</summary>
public sealed record LinksAnswer(int UserId, IReadOnlyList<LinkInfo> Links);

/// <summary>A new link and its address.</summary>
/// <param name="Address">Shown only here; null in the answer to a repeat with the same <c>Idempotency-Key</c>.</param>
public sealed record ShownLink(bool Success, LinkInfo Link, string? Address, string Message)
{
    internal static object ToStore(object answer) => answer is ShownLink shown
        ? shown with { Address = null, Message = "The address was in the first answer to this request, and is stored nowhere." } : answer;
}

/// <summary>A revoked link.</summary>
public sealed record RevokedLink(bool Success, LinkInfo Link);
