using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Dns;

/// <summary>Writes a failed renewal into the panel's <c>transactions</c>, which its customers see. A renewal's row is that of its
/// debit.</summary>
internal static class DnsTransactions
{
    private static readonly string WriteFailedSql = $"""
        with written as (
            insert into public.transactions (user_id, amount, type, description, status, payment_method, payment_id, created_at)
            values (@user_id, @amount, 'dns_plan_renewal_failed', @description, 'failed', 'virtfusion_tokens', @payment_id,
                clock_timestamp() at time zone 'UTC')
            returning id
        )
        {PanelRows.RecordSql("transactions", "run_id", "@run_id")}
        """;

    /// <summary>Writes the row, unless the panel refuses it.</summary>
    public static Task WriteFailedAsync(NpgsqlConnection connection, long runId, DueSubscription subscription, CancellationToken ct) =>
        Attempt.TryAsync(connection, WriteFailedSql, ct, ("user_id", subscription.UserId), ("amount", -subscription.Price!.Value),
            ("description", $"DNS plan {subscription.Plan}: suspended, the wallet holds too little to renew it"),
            ("payment_id", $"dns:{subscription.Id}"), ("run_id", runId));
}
