using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Serves notices and their deliveries over HTTP.</summary>
public sealed class NoticeFunctions(Gate gate, NoticeQueries queries, Idempotency idempotency)
{
    /// <summary>Lists notices with their deliveries, the latest first.</summary>
    [Function("ListNotices")]
    [Operation(Role.Viewer, Query = typeof(NoticesQuery))]
    [Answer(200, typeof(NoticesAnswer))]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/customers/notices")] HttpRequest request) =>
        gate.EnterAsync<NoticesQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var found = await queries.ListAsync(query, ct);
            return ApiJson.Ok(new NoticesAnswer(found, query.Next(found, notice => notice.Id)));
        });

    /// <summary>Sends a notice again.</summary>
    /// <remarks>Its <c>Message-Id</c> and <c>webhook-id</c> stay the same, so that receivers recognise a repeat.</remarks>
    /// <param name="id">The notice's number.</param>
    [Function("RedeliverNotice")]
    [Operation(Role.Operator, Body = typeof(RedeliveryBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(Notice))]
    public Task<IResult> RedeliverAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/customers/notices/{id:long}/redeliver")] HttpRequest request,
        string id) =>
        gate.EnterAsync(request, Role.Operator, async (caller, _) =>
        {
            var number = RouteValue.LongId(id, "notice");
            var body = await ApiJson.ReadAsync<RedeliveryBody>(request);
            return await idempotency.OnceAsync(request, caller, $"redeliver notice {number}", $"{body.Channel}\n{body.Reason}",
                async connection =>
            {
                if (await NoticeQueries.FindAsync(connection, number, CancellationToken.None) is not { } notice)
                    return Problem.NotFound($"There is no notice {number}.");
                if (notice.SilencedReason is { } silenced)
                    return Problem.Conflict($"Notice {number} isn't sent, because its customer is silenced: {silenced}");
                if (await NoticeSender.SendAgainAsync(connection, number, body.Channel, CancellationToken.None) == 0)
                    return Problem.Conflict(body.Channel is null
                        ? $"Nothing of notice {number} was discarded: name a channel to send it again by that."
                        : $"Notice {number} is pending for {body.Channel}, or there is no endpoint.");
                var after = (await NoticeQueries.FindAsync(connection, number, CancellationToken.None))!;
                await Audit.WriteAsync(connection, caller, "redeliver-notice", $"notice {number}", null, new { body.Channel }, body.Reason);
                return ApiJson.Ok(after);
            });
        });
}

/// <summary>Selects the notices to list.</summary>
public sealed class NoticesQuery : PageQuery
{
    public NoticesQuery() => Limit = 100;

    /// <summary>The customer's id in the panel.</summary>
    public int? UserId { get; set; }

    /// <summary>The cause of the notices.</summary>
    [AllowedValues("runway", "suspension_due", "suspended", "resumed", "top_up_received", "top_up_failed", "taken_back", "debit_held")]
    public string? Cause { get; set; }

    /// <summary>The state of any delivery; <c>silenced</c> selects notices that were not sent.</summary>
    [AllowedValues("pending", "delivered", "discarded", "silenced")]
    public string? State { get; set; }
}

/// <summary>A page of notices.</summary>
public sealed record NoticesAnswer(IReadOnlyList<Notice> Notices, string? NextCursor);

/// <summary>A request to send a notice again.</summary>
public sealed class RedeliveryBody : ReasonBody
{
    /// <summary>The channel, even if it has delivered the notice; by default, the channels that discarded it.</summary>
    [AllowedValues("panel", "mail", "webhook")]
    public string? Channel { get; set; }
}
