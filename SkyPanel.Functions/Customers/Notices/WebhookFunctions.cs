using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Serves the endpoints of signed webhooks over HTTP. Only the answer to the request that makes a secret contains it.</summary>
public sealed class WebhookFunctions(Gate gate, WebhookEndpoints endpoints, SignedWebhooks webhooks, Audit audit, Idempotency idempotency)
{
    private const string Route = "api/admin/customers/webhooks";

    private const int DefaultGraceMinutes = 24 * 60;

    /// <summary>Lists the endpoints that receive notices.</summary>
    [Function("ListWebhooks")]
    [Operation(Role.Viewer)]
    [Answer(200, typeof(WebhooksAnswer))]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer,
            async (_, ct) => ApiJson.Ok(new WebhooksAnswer([.. (await endpoints.ListAsync(ct)).Select(WebhookInfo.Of)])));

    /// <summary>Adds an endpoint, which receives all further notices, signed by the scheme of Standard Webhooks.</summary>
    /// <remarks>Only this answer contains the secret.</remarks>
    [Function("CreateWebhook")]
    [Operation(Role.Admin, Body = typeof(WebhookBody), IsRepeatable = true, Refuses = [409])]
    [Answer(201, typeof(ShownWebhook))]
    public Task<IResult> CreateAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, async (caller, ct) =>
        {
            var body = await ApiJson.ReadAsync<WebhookBody>(request);
            if (SignedWebhooks.ParseAddress(body.Url) is not { } address)
                throw new BadInputException("url", $"must be {SignedWebhooks.AllowedAddress}");
            if (await webhooks.FindObstacleAsync(address, ct) is { } obstacle)
                throw new BadInputException("url", $"may not be used: {obstacle}");
            var secret = endpoints.Prepare();
            return await idempotency.OnceAsync(request, caller, "create webhook", $"{body.Url}\n{body.Description}", async connection =>
                await WebhookEndpoints.CreateAsync(connection, caller, address.AbsoluteUri, body.Description, secret)
                    is { } made
                    ? ApiJson.Ok(ShownWebhook.Of(made, secret.Secret), 201)
                    : Problem.Conflict($"There are {WebhookEndpoints.MaxEndpoints} endpoints: delete one first."), ShownWebhook.ToStore);
        });

    /// <summary>Replaces the secret of an endpoint. The previous one also signs during the grace period.</summary>
    /// <remarks>Only this answer contains the new secret.</remarks>
    /// <param name="id">The endpoint's number.</param>
    [Function("RotateWebhook")]
    [Operation(Role.Admin, Body = typeof(WebhookRotationBody), IsRepeatable = true, Refuses = [404])]
    [Answer(200, typeof(ShownWebhook))]
    public Task<IResult> RotateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/customers/webhooks/{id:long}/rotate")] HttpRequest request,
        string id) =>
        gate.EnterAsync(request, Role.Admin, async (caller, _) =>
        {
            var number = RouteValue.LongId(id, "endpoint");
            var grace = (await ApiJson.ReadAsync<WebhookRotationBody>(request)).GraceMinutes ?? DefaultGraceMinutes;
            return await idempotency.OnceAsync(request, caller, $"rotate webhook {number}", FormattableString.Invariant($"{grace}"),
                async connection =>
                await endpoints.RotateAsync(connection, caller, number, TimeSpan.FromMinutes(grace), CancellationToken.None)
                    is var (endpoint, secret)
                    ? ApiJson.Ok(ShownWebhook.Of(endpoint, secret)) : Unknown(number), ShownWebhook.ToStore);
        });

    /// <summary>Removes an endpoint and discards its pending messages.</summary>
    /// <param name="id">The endpoint's number.</param>
    [Function("DeleteWebhook")]
    [Operation(Role.Admin, Refuses = [404])]
    [Answer(200, typeof(WebhookInfo))]
    public Task<IResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/admin/customers/webhooks/{id:long}")] HttpRequest request,
        string id) =>
        gate.EnterAsync(request, Role.Admin, async (caller, _) =>
        {
            var number = RouteValue.LongId(id, "endpoint");
            return await endpoints.DeleteAsync(caller, number) is { } deleted ? ApiJson.Ok(WebhookInfo.Of(deleted)) : Unknown(number);
        });

    /// <summary>Posts a signed message of the type <c>test</c> to an endpoint, and shows its answer.</summary>
    /// <param name="id">The endpoint's number.</param>
    [Function("TestWebhook")]
    [Operation(Role.Operator, IsRepeatable = true, Refuses = [404])]
    [Answer(200, typeof(WebhookTestAnswer))]
    public Task<IResult> TestAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/customers/webhooks/{id:long}/test")] HttpRequest request,
        string id) =>
        gate.EnterAsync(request, Role.Operator, async (caller, ct) =>
        {
            var number = RouteValue.LongId(id, "endpoint");
            return await idempotency.OnceAsync(request, caller, $"test webhook {number}", "", async () =>
            {
                if (await endpoints.FindAsync(number, ct) is not { DeletedAt: null } endpoint)
                    return Unknown(number);
                await audit.WriteAsync(caller, "test-webhook", $"webhook {number}", null, null, null, CancellationToken.None);
                return ApiJson.Ok(await PostAsync(endpoint, ct));
            });
        });

    private async Task<WebhookTestAnswer> PostAsync(WebhookEndpoint endpoint, CancellationToken ct)
    {
        if (await endpoints.SecretsAsync(endpoint, ct) is not { Count: > 0 } secrets)
            return new(false, "the endpoint's secret can't be read: rotate it");
        var outcome = await webhooks.PostAsync(new(endpoint.Url), secrets, $"test-{Guid.NewGuid()}", """{"type":"test","data":{}}""", ct);
        return new(outcome is AttemptOutcome.Settled, outcome.Reason);
    }

    private static IResult Unknown(long id) => Problem.NotFound($"There is no endpoint {id}.");
}

/// <summary>A new endpoint.</summary>
public sealed class WebhookBody
{
    /// <summary>The URL: https at a public address. <c>Webhooks:AllowPrivateAddresses</c> allows other addresses, and http on
    /// loopback.</summary>
    [Required, Length(1, 1000)]
    public string Url { get; set; } = "";

    /// <summary>The purpose of the endpoint.</summary>
    [Length(1, 200)]
    public string? Description { get; set; }
}

/// <summary>A request to replace a secret.</summary>
public sealed class WebhookRotationBody
{
    /// <summary>Minutes for which the previous secret also signs; a day by default.</summary>
    [Range(0, 7 * 24 * 60)]
    public int? GraceMinutes { get; set; }
}

/// <summary>The endpoints, without their secrets.</summary>
public sealed record WebhooksAnswer(IReadOnlyList<WebhookInfo> Webhooks);

/// <summary>An endpoint.</summary>
/// <param name="Url">The URL without its query, which may contain a secret.</param>
/// <param name="PreviousSecretUntil">The instant until which the previous secret also signs; null when it was never replaced.</param>
public sealed record WebhookInfo(long Id, string Url, string? Description, DateTime CreatedAt, string CreatedBy,
    DateTime? PreviousSecretUntil, DateTime? DeletedAt)
{
    internal static WebhookInfo Of(WebhookEndpoint endpoint) => new(
        endpoint.Id, endpoint.ShownUrl, endpoint.Description, endpoint.CreatedAt, endpoint.CreatedBy, endpoint.PreviousSecretUntil,
            endpoint.DeletedAt);
}

/// <summary>An endpoint and its new secret.</summary>
/// <param name="Secret">Shown only here; null in the answer to a repeat with the same <c>Idempotency-Key</c>.</param>
public sealed record ShownWebhook(WebhookInfo Info, string? Secret, string Message)
{
    internal static ShownWebhook Of(WebhookEndpoint endpoint, string secret) =>
        new(WebhookInfo.Of(endpoint), secret, "This is the only time that the secret is shown.");

    internal static object ToStore(object answer) =>
        answer is ShownWebhook shown ? shown with { Secret = null, Message = "The secret was shown in the first answer; lost, rotate it." }
            : answer;
}

/// <summary>The result of a test.</summary>
/// <param name="Message">The reason why it wasn't delivered; null when it was.</param>
public sealed record WebhookTestAnswer(bool Delivered, string? Message);
