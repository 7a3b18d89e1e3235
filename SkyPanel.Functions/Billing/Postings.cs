using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Billing;

/// <summary>Posts a run's charges to the ledger: one transfer per account.</summary>
public static class Postings
{
    // The sums of a run's charges: a row per server, payer, terms and UTC day. The table ends with this transaction, as PgBouncer requires.
    private const string LinesSql = """
        drop table if exists pg_temp.run_lines;
        create temporary table run_lines (
            server_id integer not null, account_id bigint not null, terms_id bigint not null, month timestamptz not null,
            day timestamptz not null, hours bigint not null,
            seconds bigint not null, seconds_counted numeric not null, amount numeric not null, from_hour timestamptz not null,
            until_hour timestamptz not null
        ) on commit drop
        """;

    private const string AnalyzeSql = "analyze run_lines (server_id, account_id)";

    private const string MonthsSql = """
        insert into cron_service.server_months as m (server_id, month, terms_id, seconds_billed, seconds_counted, amount)
        select server_id, month, terms_id, sum(seconds), sum(seconds_counted), sum(amount) from run_lines
        group by server_id, month, terms_id
        order by server_id, month, terms_id
        on conflict (server_id, month, terms_id) do update
            set seconds_billed = m.seconds_billed + excluded.seconds_billed, seconds_counted = m.seconds_counted + excluded.seconds_counted,
                amount = m.amount + excluded.amount
        """;

    // The lock of the revenue account prevents concurrent writes to a day.
    private const string DaysSql = """
        insert into cron_service.charged_days as d (day, hours, amount)
        select day, sum(hours), sum(amount) from run_lines group by day
        on conflict (day) do update set hours = d.hours + excluded.hours, amount = d.amount + excluded.amount
        """;

    // If a run takes several transactions, an account has a transfer in each.
    private const string TransfersSql = $"""
        with postings as (
            select 'charge' as kind, l.account_id as from_account_id, r.id as to_account_id, sum(l.amount) as amount,
                   'charge:' || @run_id || '.' || @part || ':' || l.account_id as external_id, @run_id as run_id, @cutoff as effective_at
            from run_lines l, cron_service.accounts r
            where r.kind = 'revenue'
            group by l.account_id, r.id having sum(l.amount) > 0
        )
        {Transfers.InsertSql}
        """;

    private const string DecidedSql = """
        update cron_service.enrolments e
        set billed_until = coalesce(d.until_hour, e.billed_until), charged_amount = e.charged_amount + coalesce(d.amount, 0)
        from (
            select server_id, max(until_hour) as until_hour, sum(amount) as amount
            from (select server_id, until_hour, null::numeric as amount from due where hold_id is null
                  union all
                  select server_id, null, amount from run_lines) as b group by server_id) as d
        where d.server_id = e.server_id;
        update cron_service.hold_spans s set charged_until = d.until_hour from due d where d.hold_id = s.hold_id
            and d.server_id = s.server_id and d.from_hour = s.charged_until and s.charged_until < s.until_hour
        """;

    private const string CloseSql = """
        update cron_service.holds h set state = 'charged', closed_by_run_id = @run_id
        where h.state = 'approved' and not exists (select from cron_service.hold_spans s where s.hold_id = h.id
            and s.charged_until < s.until_hour)
        """;

    private const string FiguresSql = """
        select count(distinct server_id)::integer as servers, coalesce(sum(hours), 0)::bigint as hours,
               coalesce(sum(amount), 0)::numeric(18, 6) as amount from run_lines
        """;

    /// <summary>Creates run_lines, which <see cref="Charges.ChargeAsync"/> fills.</summary>
    public static Task BeginAsync(NpgsqlConnection connection, CancellationToken ct) => connection.ExecuteLongAsync(LinesSql, ct);

    /// <summary>Posts the charges of <see cref="Charges.ChargeAsync"/> in its transaction, and marks the due hours as decided.</summary>
    /// <param name="part">Identifies this transaction within the run.</param>
    /// <returns>The number of charged servers, server-hours, and currency units of the transaction.</returns>
    public static async Task<(int Servers, long Hours, decimal Amount)> PostAsync(
        NpgsqlConnection connection, long runId, string part, DateTimeOffset cutoff, CancellationToken ct)
    {
        await connection.ExecuteLongAsync(AnalyzeSql, ct);
        await connection.ExecuteLongAsync(MonthsSql, ct);
        await connection.ExecuteLongAsync(DaysSql, ct);
        await connection.ExecuteLongAsync(TransfersSql, ct, ("run_id", runId), ("cutoff", cutoff.UtcDateTime),
            ("part", part));
        await connection.ExecuteLongAsync(DecidedSql, ct);
        await connection.ExecuteLongAsync(CloseSql, ct, ("run_id", runId));
        return (await connection.QueryLongAsync(FiguresSql,
            row => (row.Get<int>("servers"), row.Get<long>("hours"), row.Get<decimal>("amount")), ct))[0];
    }
}
