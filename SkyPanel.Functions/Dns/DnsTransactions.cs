using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Dns;

/// <summary>Writes a renewal's bill or failure into the panel's <c>transactions</c>, which its customers see. The tokens have a row of
/// their own, written when their debit settles.</summary>
internal static class DnsTransactions
{
    private static readonly string WriteSql = $"""
        with written as (
            insert into public.transactions (user_id, amount, type, description, status, payment_method, payment_id, created_at)
            values (@user_id, @amount, @type, @description, @status, 'virtfusion_tokens', @payment_id, clock_timestamp() at time zone 'UTC')
            returning id
        )
        {PanelRows.RecordSql("transactions", "run_id", "@run_id")}
        """;

    /// <summary>Writes a row, which the panel may refuse.</summary>
    /// <returns>The panel's refusal; null without one.</returns>
    public static async Task<string?> WriteAsync(
        NpgsqlTransaction transaction, long runId, DueSubscription subscription, string type, string status, string description,
            string paymentId, CancellationToken ct) =>
        (await Attempt.TryAsync(transaction.Connection!, WriteSql, ct,
            ("user_id", subscription.UserId), ("amount", -subscription.Price!.Value), ("type", type),
            ("description", description), ("status", status), ("payment_id", paymentId), ("run_id", runId))).Refusal;
}
