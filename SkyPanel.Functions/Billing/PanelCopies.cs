using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Billing;

/// <summary>Lists the laws of the rows that are copied into the panel's tables.</summary>
internal static class PanelCopies
{
    // Only servers whose rows all were written and still exist, as the panel deletes them with an enrolment.
    private static readonly string PanelHoursSql = $"""
        select 'server ' || l.server_id || ': virtfusion_hourly_transactions add up to ' || p.amount || ', charges to ' || l.amount
        from (select server_id, sum(amount) as amount, count(*) as rows
              from (select server_id, sum(amount) as amount from cron_service.charges
                    group by server_id, run_id, account_id, date_trunc('day', hour_start, 'UTC')) c
              group by server_id) l
        join (select b.virtfusion_server_id as server_id, sum(t.amount_charged) as amount, count(*) as rows
              from public.virtfusion_hourly_transactions t join public.virtfusion_hourly_billing b on b.id::text = t.billing_id::text
              where not ({PanelRows.IsForeignSql("virtfusion_hourly_transactions")})
              group by b.virtfusion_server_id) p using (server_id)
        where p.rows = l.rows and abs(p.amount - l.amount) > 0.0001
        """;

    private const string PanelDebitsSql = """
        select 'debit ' || d.id || ' of ' || d.amount || ': transactions has ' || t.amount
        from cron_service.panel_rows r join cron_service.debits d on d.id = r.debit_id
        join public.transactions t on t.id::text = coalesce(lower(r.ids)::text, r.row_id)
        where r.table_name = 'transactions' and t.amount::real <> (case when d.kind in ('debit', 'claw_back') then -d.amount
            else d.amount end)::real
        """;

    /// <summary>Each statement selects the violations of its law in one table of the panel, which it needs with these
    /// columns.</summary>
    public static readonly (string Name, string Law, string Sql, string Table, string[] Columns)[] Checks =
    [
        ("panel-hours", "The panel's hourly rows are the ledger's, to 0.0001.", PanelHoursSql, "virtfusion_hourly_transactions",
            ["id", "billing_id", "amount_charged"]),
        ("panel-debits", "The panel's transactions are the settled debits, to float4.", PanelDebitsSql, "transactions", ["id", "amount"]),
    ];
}
