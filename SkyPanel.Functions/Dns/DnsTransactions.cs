using Npgsql;
using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Dns;

/// <summary>What the panel's customers see of a renewal in its <c>transactions</c>: a bill or a failure. The tokens have a row of their
/// own, as the debit that takes them settles.</summary>
internal static class DnsTransactions
{
    private const string WriteSql = """
        with written as (
            insert into public.transactions (user_id, amount, type, description, status, payment_method, payment_id, created_at)
            values (@user_id, @amount, @type, @description, @status, 'virtfusion_tokens', @payment_id, clock_timestamp() at time zone 'UTC')
            returning id
        )
        insert into cron_service.panel_rows (table_name, row_id, run_id) select 'transactions', id::text, @run_id from written
        """;

    /// <summary>Writes a row that may be refused: the ledger stands without it.</summary>
    /// <returns>Why the panel refused it; null when it didn't.</returns>
    public static async Task<string?> WriteAsync(
        NpgsqlTransaction transaction, long runId, DueSubscription subscription, string type, string status, string description,
            string paymentId, CancellationToken ct) =>
        (await PanelWrite.TryAsync(transaction, WriteSql, ct, ("user_id", subscription.UserId), ("amount", -subscription.Price!.Value),
            ("type", type),
            ("description", description), ("status", status), ("payment_id", paymentId), ("run_id", runId))).Refusal;
}
