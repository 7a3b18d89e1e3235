namespace SkyPanel.Functions.Panel;

/// <summary>Writes the rows that the panel's own pages show, in the ledger's transaction. They are never read back.</summary>
public sealed class PanelRows(ILogger<PanelRows> logger)
{
    // The tables due and run_lines are temporary tables of the run's transaction.
    private const string LastBilledSql = """
        update public.virtfusion_hourly_billing b set last_billed_at = e.billed_until at time zone 'UTC'
        from cron_service.enrolments e
        where b.id::text = e.enrolment_id and e.billed_until > e.billed_from and e.server_id in (select server_id from due)
          and e.billed_until at time zone 'UTC' > coalesce(b.last_billed_at, '-infinity')
        """;

    // A row per server, run and UTC day: hours_billed is numeric(4,2) and can't hold 100. An amount is the difference of two rounded
    // cumulative sums, so that the four decimals add up to the ledger's six.
    private static readonly string HourlyTransactionsSql = $"""
        with lines as (
            select server_id, account_id, day, sum(seconds) as seconds, sum(amount) as amount, min(from_hour) as period_start,
                max(until_hour) as period_end
            from run_lines group by server_id, day, account_id
        ), cumulative as (
            select l.*, e.enrolment_id, e.charged_amount + l.amount
                   - sum(l.amount) over (partition by l.server_id order by l.day, l.account_id
                                         rows between current row and unbounded following) as amount_after
            from lines l join cron_service.enrolments e using (server_id)
        ), written as (
            insert into public.virtfusion_hourly_transactions
                (billing_id, user_id, server_id, hours_billed, amount_charged, billing_period_start, billing_period_end, status, created_at)
            select b.id, a.user_id, b.server_id, round(c.seconds / 3600.0, 2),
                round(c.amount_after, 4) - round(c.amount_after - c.amount, 4),
                   c.period_start at time zone 'UTC', c.period_end at time zone 'UTC', 'completed', now() at time zone 'UTC'
            from cumulative c
            join public.virtfusion_hourly_billing b on b.id::text = c.enrolment_id
            join cron_service.accounts a on a.id = c.account_id
            returning id
        )
        {RecordSql("virtfusion_hourly_transactions", "run_id", "@run_id")}
        """;

    /// <summary>Ends a statement that inserts into a table of the panel: records the ids that its <c>written</c> returns.</summary>
    /// <param name="table">A table in the schema public.</param>
    /// <param name="cause"><c>run_id</c> or <c>debit_id</c>, with the parameter that has its value.</param>
    internal static string RecordSql(string table, string cause, string parameter) => $"""
        insert into cron_service.panel_rows (table_name, ids, row_id, {cause})
        select '{table}', ids, row_id, {parameter}
        from cron_service.written_ids('{table}', (select array_agg(id::text) from written))
        """;

    /// <summary>Selects rows that this app did not write, as a condition.</summary>
    /// <remarks>Only the last range that begins at an id or below can have it, as ranges are disjoint. An anti-join by <c>@></c> would
    /// compare each row with each range.</remarks>
    /// <param name="table">A table in the schema public, called <c>t</c> in the statement.</param>
    internal static string IsForeignSql(string table)
    {
        const string Id = "case when t.id::text ~ '^[0-9]+$' then t.id::text::bigint end";
        return $"""
            not exists (select from cron_service.panel_rows p where p.table_name = '{table}' and p.row_id = t.id::text)
                and not coalesce({Id} < (select upper(p.ids) from cron_service.panel_rows p
                    where p.table_name = '{table}' and lower(p.ids) <= {Id} order by lower(p.ids) desc limit 1), false)
            """;
    }

    /// <summary>Writes the rows of a run. Rows that the panel's tables refuse are left out with a warning, as they are only a
    /// copy.</summary>
    public async Task WriteAsync(NpgsqlTransaction transaction, long runId, CancellationToken ct)
    {
        await TryAsync(transaction, "virtfusion_hourly_billing.last_billed_at", LastBilledSql, runId, ct);
        await TryAsync(transaction, "virtfusion_hourly_transactions", HourlyTransactionsSql, runId, ct);
    }

    private async Task TryAsync(NpgsqlTransaction transaction, string what, string sql, long runId, CancellationToken ct)
    {
        var (_, refusal) = await Attempt.TryAsync(transaction.Connection!, sql, ct, ("run_id", runId));
        if (refusal is not null)
            logger.LogWarning("Run {RunId}: {What} was not written: {Reason}", runId, what, refusal);
    }
}
