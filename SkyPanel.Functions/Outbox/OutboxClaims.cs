namespace SkyPanel.Functions.Outbox;

/// <summary>The state of a message.</summary>
public enum OutboxState
{
    Pending,

    /// <summary>Delivered.</summary>
    Settled,

    /// <summary>Given up.</summary>
    Discarded,
}

/// <summary>Moves messages from pending to settled or discarded. Every statement checks the claim's number, so a process that lost its
/// claim changes nothing.</summary>
public sealed class OutboxClaims(NpgsqlDataSource database)
{
    // A message waits for earlier ones of its subject, to keep their order.
    private const string TakeSql = """
        update cron_service.outbox
        set claim_number = claim_number + 1, claimed_until = now() + @claim_time
        where id = (
            select m.id from cron_service.outbox m
            where m.state = 'pending' and m.next_attempt_at <= now() and (m.claimed_until is null or m.claimed_until <= now())
                and m.kind = any(@kinds)
              and not exists (select from cron_service.outbox e where e.subject = m.subject and e.id < m.id and e.state = 'pending')
            order by m.next_attempt_at, m.id
            for update skip locked limit 1)
        returning id, claim_number, kind, payload::text as payload, attempts, created_at
        """;

    private const string CloseSql = """
        update cron_service.outbox set state = @state, closed_at = now(), claimed_until = null, message = @message::text
        where id = @id and claim_number = @claim_number and state = 'pending'
        """;

    // Doubles from half a minute up to two hours, plus up to a quarter, so that messages that failed together are tried separately.
    private const string FailSql = """
        update cron_service.outbox
        set attempts = attempts + 1, claimed_until = null, message = @message,
            state = case when attempts + 1 >= @max_attempts then 'discarded' else 'pending' end,
            closed_at = case when attempts + 1 >= @max_attempts then now() end,
            next_attempt_at = now() + interval '30 seconds' * power(2, least(attempts, 8)) * (1 + random() / 4)
        where id = @id and claim_number = @claim_number and state = 'pending'
        """;

    private const string PutOffSql = """
        update cron_service.outbox set claimed_until = null, message = @message, next_attempt_at = now() + @wait
        where id = @id and claim_number = @claim_number and state = 'pending'
        """;

    /// <summary>Claims the next due message.</summary>
    /// <returns>The message; null when none is due.</returns>
    public Task<OutboxMessage?> TakeAsync(string[] kinds, TimeSpan claimTime, CancellationToken ct) =>
        database.FindAsync<OutboxMessage>(TakeSql, ct, ("kinds", kinds), ("claim_time", claimTime));

    /// <param name="state">Settled or discarded.</param>
    public Task CloseAsync(OutboxMessage message, OutboxState state, string? reason) =>
        database.ExecuteAsync(CloseSql, CancellationToken.None, ("id", message.Id), ("claim_number", message.ClaimNumber),
            ("state", state.Text()), ("message", reason));

    /// <summary>Returns a message to pending with back-off, or discards it after the last attempt.</summary>
    public Task FailAsync(OutboxMessage message, string reason, int maxAttempts) =>
        database.ExecuteAsync(FailSql, CancellationToken.None, ("id", message.Id), ("claim_number", message.ClaimNumber),
            ("message", reason), ("max_attempts", maxAttempts));

    public Task PutOffAsync(OutboxMessage message, TimeSpan wait, string reason) =>
        database.ExecuteAsync(PutOffSql, CancellationToken.None, ("id", message.Id), ("claim_number", message.ClaimNumber),
            ("message", reason), ("wait", wait));
}
