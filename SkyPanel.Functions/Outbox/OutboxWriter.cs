using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Outbox;

/// <summary>Writes down what is owed to the outside, inside the caller's transaction: it is owed exactly when that commits.</summary>
public static class OutboxWriter
{
    private const string AddSql = """
        insert into cron_service.outbox (kind, subject, dedupe_key, payload) values (@kind, @subject, @dedupe_key, @payload::jsonb)
        on conflict (dedupe_key) do nothing
        """;

    /// <param name="subject">Messages about the same subject go out one after the other.</param>
    /// <param name="dedupeKey">Says what is owed: the same key a second time adds nothing.</param>
    /// <param name="payload">JSON. Never a secret.</param>
    /// <returns>False when it was owed already.</returns>
    public static async Task<bool> AddAsync(
        NpgsqlConnection connection, string kind, string subject, string dedupeKey, string payload, CancellationToken ct) =>
        await connection.ExecuteAsync(AddSql, ct, ("kind", kind), ("subject", subject), ("dedupe_key", dedupeKey),
            ("payload", payload)) == 1;
}
