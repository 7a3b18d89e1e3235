using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Reads the charges of the panel's own engine into the temporary tables <c>panel_charges</c> and <c>panel_transactions</c>,
/// without the rows that this app wrote.</summary>
/// <remarks>The panel takes whole tokens for each row: its hourly rate times 100, rounded. The row only has four decimals of the rate, so
/// the exact rate is read from the enrolment or the row's transaction.</remarks>
public static class PanelCharges
{
    // A table of another shape doesn't belong to the panel's engine.
    private const string HasChargesSql = """
        select count(*) = 10 from pg_attribute where attrelid = to_regclass('public.virtfusion_hourly_transactions') and not attisdropped
            and attname in ('id', 'billing_id', 'user_id', 'transaction_id', 'hours_billed', 'amount_charged',
                            'billing_period_start', 'billing_period_end', 'status', 'created_at')
        """;

    private const string HasTransactionsSql = """
        select count(*) = 5 from pg_attribute where attrelid = to_regclass('public.transactions') and not attisdropped
            and attname in ('id', 'user_id', 'amount', 'type', 'created_at')
        """;

    private const string BeginSql = """
        create temporary table panel_charges (
            server_id integer not null, user_id integer not null, is_completed boolean not null, from_at timestamptz not null,
            until_at timestamptz not null, created_at timestamptz not null, amount numeric not null, tokens bigint not null,
                begins_within boolean not null)
            on commit drop;
        create temporary table panel_transactions (user_id integer not null, amount numeric not null) on commit drop
        """;

    // A rate or transaction is used if it equals the row's amount when rounded to four decimals.
    private static string ChargesSql(string transactions) => $"""
        insert into panel_charges (server_id, user_id, is_completed, from_at, until_at, created_at, amount, begins_within, tokens)
        select server_id, user_id, is_completed, from_at, until_at, created_at, amount_charged, from_at >= @from_at,
               case when is_completed then round(100 * case when round(rate, 4) = amount_charged then rate
                   when round(transferred, 4) = amount_charged then transferred else amount_charged end) else 0 end
        from (select b.virtfusion_server_id as server_id, t.user_id, t.status = 'completed' as is_completed, t.amount_charged,
                     date_trunc('second', t.billing_period_start::timestamptz) as from_at,
                     date_trunc('second', t.billing_period_end::timestamptz) as until_at, t.created_at::timestamptz as created_at,
                     b.hourly_rate * t.hours_billed as rate, abs(x.amount::numeric) as transferred
              from public.virtfusion_hourly_transactions t
              join public.virtfusion_hourly_billing b on b.id::text = t.billing_id::text
              left join {transactions} x on x.id::text = t.transaction_id::text
              where t.billing_period_start::timestamptz < @until_at
                and greatest(t.billing_period_end, t.billing_period_start + interval '1 second')::timestamptz > @from_at
                and isfinite(t.billing_period_start) and isfinite(t.billing_period_end) and b.virtfusion_server_id is not null
                and (@user_id::integer is null or b.virtfusion_server_id in ({BilledServersSql}))
                and {PanelRows.IsForeignSql("virtfusion_hourly_transactions")}) as billed
        """;

    private static readonly string TransactionsSql = $"""
        insert into panel_transactions (user_id, amount)
        select t.user_id, -t.amount::numeric from public.transactions t
        where t.type = 'server_hourly_billing' and t.created_at::timestamptz >= @from_at and t.created_at::timestamptz < @until_at
          and (@user_id::integer is null or t.user_id = @user_id::integer)
          and {PanelRows.IsForeignSql("transactions")}
        """;

    private const string AnalyzeSql = "analyze panel_charges";

    private const string BilledServersSql = """
        select o.virtfusion_server_id from public.virtfusion_hourly_transactions x
        join public.virtfusion_hourly_billing o on o.id::text = x.billing_id::text where x.user_id = @user_id::integer
        """;

    private const string NoTransactions = "(select null::integer as id, null::numeric as amount where false)";

    /// <summary>Whether the panel has a table of billed hours.</summary>
    public static Task<bool> AreKnownAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ScalarAsync<bool>(HasChargesSql, ct);

    /// <summary>Reads the rows whose period overlaps a range. A missing table counts as empty.</summary>
    /// <param name="userId">Only servers that were billed to this customer; null for all.</param>
    public static async Task ReadAsync(NpgsqlConnection connection, DateTime from, DateTime until, int? userId, CancellationToken ct)
    {
        var hasTransactions = await connection.ScalarAsync<bool>(HasTransactionsSql, ct);
        (string, object?)[] range = [("from_at", from), ("until_at", until), ("user_id", userId)];
        await connection.ExecuteLongAsync(BeginSql, ct);
        if (await AreKnownAsync(connection, ct))
            await connection.ExecuteLongAsync(ChargesSql(hasTransactions ? "public.transactions" : NoTransactions), ct, range);
        if (hasTransactions)
            await connection.ExecuteLongAsync(TransactionsSql, ct, range);
        await connection.ExecuteLongAsync(AnalyzeSql, ct);
    }
}
