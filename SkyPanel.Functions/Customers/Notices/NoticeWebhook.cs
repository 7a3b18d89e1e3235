using SkyPanel.Functions.Http;
using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Delivers notices to endpoints as signed webhooks.</summary>
public sealed class NoticeWebhook(NpgsqlDataSource database, NoticeTemplates templates, WebhookEndpoints endpoints, SignedWebhooks webhooks)
{
    public OutboxHandler Handler => new("notice-webhook", AttemptAsync);

    private async Task<AttemptOutcome> AttemptAsync(OutboxMessage message, CancellationToken ct)
    {
        if (await DueNotice.FindAsync(database, message.Id, ct) is not { EndpointId: { } endpointId } due)
            return new AttemptOutcome.Discarded("its notice is gone");
        if (await endpoints.FindAsync(endpointId, ct) is not { DeletedAt: null } endpoint)
            return new AttemptOutcome.Discarded("its endpoint was deleted");
        if (endpoint.PausedFor is { } pause)
            return new AttemptOutcome.PutOff(pause, "the endpoint gave no answer shortly before");
        if (await endpoints.SecretsAsync(endpoint, ct) is not { Count: > 0 } secrets)
            return new AttemptOutcome.PutOff(TimeSpan.FromMinutes(10), "the endpoint's secret can't be read: rotate it");

        var text = await templates.RenderAsync(due.Cause, due.Facts, due.CreatedAt, due.Name, ct);
        var body = new NoticeEvent($"notice.{due.Cause.Text()}", due.CreatedAt,
            new(due.NoticeId, due.UserId, due.Facts, text.Subject, text.Text));
        var outcome = await webhooks.PostAsync(new(endpoint.Url), secrets, $"notice-{due.NoticeId}",
            JsonSerializer.Serialize(body, ApiJson.Options), ct);
        if (outcome is AttemptOutcome.Failed { IsUnreachable: true })
            await endpoints.PauseAsync(endpointId);
        return outcome;
    }
}

/// <summary>The body of a webhook.</summary>
public sealed record NoticeEvent(string Type, DateTime Timestamp, NoticeEventData Data);

/// <summary>The notice in a webhook.</summary>
public sealed record NoticeEventData(long NoticeId, int UserId, NoticeFacts Facts, string Subject, string Text);
