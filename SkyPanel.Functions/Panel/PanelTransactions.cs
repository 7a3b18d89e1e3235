namespace SkyPanel.Functions.Panel;

/// <summary>Writes a row of the panel's <c>transactions</c> for each settled debit. Its type is the one that most of the debit is
/// for.</summary>
public sealed class PanelTransactions(ILogger<PanelTransactions> logger)
{
    private const string HasCreditColumnSql = """
        select exists (select from pg_attribute
                       where attrelid = to_regclass('public.transactions') and attname = 'virtfusion_credit_id' and not attisdropped)
        """;

    private static readonly string WriteSql = Statement("", ""),
        WriteWithCreditSql = Statement(", virtfusion_credit_id", ", d.credit_id");

    // The panel's schema may change while the app runs.
    private bool? _hasCreditColumn;

    /// <summary>Writes the row in the settlement's transaction. A row that the panel refuses is left out with a warning.</summary>
    public async Task WriteAsync(NpgsqlConnection connection, long debitId, CancellationToken ct)
    {
        var hasCredit = _hasCreditColumn ??= await HasCreditColumnAsync(connection, ct);
        var (rows, refusal) = await TryAsync(hasCredit);
        if (hasCredit && refusal is not null && !await HasCreditColumnAsync(connection, ct))
        {
            _hasCreditColumn = false;
            (rows, refusal) = await TryAsync(hasCredit: false);
        }
        if (rows == 0)
            logger.LogWarning("Debit {DebitId}: no row in transactions: {Reason}", debitId, refusal ?? "its user no longer exists");

        Task<(int Rows, string? Refusal)> TryAsync(bool hasCredit) =>
            Attempt.TryAsync(connection, hasCredit ? WriteWithCreditSql : WriteSql, ct, ("id", debitId));
    }

    private static Task<bool> HasCreditColumnAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ScalarAsync<bool>(HasCreditColumnSql, ct);

    private static string Statement(string creditColumn, string creditId) => $"""
        with written as (
            insert into public.transactions (user_id, amount, type, description, status, payment_method, payment_id, created_at
                {creditColumn})
            select a.user_id, case when d.kind in ('debit', 'claw_back') then -d.amount else d.amount end,
                   case when d.kind = 'grant' then 'virtfusion_credit' when d.kind = 'claw_back' then 'virtfusion_deduction'
                        when d.dns_amount * 2 > d.amount then 'dns_plan_renewal' else 'server_hourly_billing' end,
                   d.reference, 'completed', case when d.top_up_id is null then 'virtfusion_tokens' else 'paypal' end, d.kind || ':'
                       || d.id, now() at time zone 'UTC'{creditId}
            from cron_service.debits d join cron_service.accounts a on a.id = d.account_id
            where d.id = @id and exists (select from public.users u where u.id = a.user_id)
            returning id
        )
        {PanelRows.RecordSql("transactions", "debit_id", "@id")}
        """;
}
