namespace SkyPanel.Functions.Outbox;

/// <summary>Delivers the outbox's messages to the current Discord webhook.</summary>
public sealed class DiscordOutbox(DiscordSettings settings, DiscordClient client)
{
    public const string Kind = "discord";

    // A refused webhook is tried again after this time, as the setting may have changed.
    private static readonly TimeSpan ClosedWait = TimeSpan.FromMinutes(1);

    public OutboxHandler Handler => new(Kind, AttemptAsync);

    private async Task<AttemptOutcome> AttemptAsync(OutboxMessage message, CancellationToken ct)
    {
        var (webhook, problem) = await settings.ReadAsync(ct);
        if (webhook is null)
            return problem is null ? new AttemptOutcome.Discarded("Discord is off: no webhook is set")
                : new AttemptOutcome.PutOff(ClosedWait, problem);

        return await client.PostAsync(webhook, DiscordMessage.FromJson(message.Payload), ct) switch
        {
            DiscordAnswer.Ok => new AttemptOutcome.Settled(),
            DiscordAnswer.RateLimited(var wait) => new AttemptOutcome.PutOff(wait, $"Discord asked to wait {wait.TotalSeconds:0.###} s"),
            DiscordAnswer.Closed(var reason) => new AttemptOutcome.PutOff(ClosedWait, reason),
            DiscordAnswer.Refused(var reason) => new AttemptOutcome.Discarded(reason),
            DiscordAnswer.Unknown(var reason) => new AttemptOutcome.Failed(reason),
            var other => throw new InvalidOperationException(other.GetType().Name),
        };
    }
}
