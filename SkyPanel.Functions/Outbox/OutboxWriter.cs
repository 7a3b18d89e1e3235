namespace SkyPanel.Functions.Outbox;

/// <summary>Queues messages in the caller's transaction, so that they are sent only if it commits.</summary>
public static class OutboxWriter
{
    private const string AddSql = """
        insert into cron_service.outbox (kind, subject, dedupe_key, payload) values (@kind, @subject, @dedupe_key, @payload::jsonb)
        on conflict (dedupe_key) do nothing
        """;

    /// <param name="subject">The subject. Messages of the same subject keep their order.</param>
    /// <param name="dedupeKey">The key of the message. A repeated key adds nothing.</param>
    /// <param name="payload">JSON. Never a secret.</param>
    /// <returns>False when the key already exists.</returns>
    public static async Task<bool> AddAsync(
        NpgsqlConnection connection, string kind, string subject, string dedupeKey, string payload, CancellationToken ct) =>
        await connection.ExecuteAsync(AddSql, ct, ("kind", kind), ("subject", subject), ("dedupe_key", dedupeKey),
            ("payload", payload)) == 1;
}
