using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Billing;

/// <summary>Puts a run's charges into the ledger: one transfer an account, the charges its lines.</summary>
public static class Postings
{
    // The charges of a run, added up: a row a server, payer, segment and UTC day, written with them. It lives and ends within this
    // transaction, so PgBouncer may hand the session on afterwards.
    private const string LinesSql = """
        create temporary table run_lines (
            server_id integer not null, account_id bigint not null, terms_id bigint not null, month timestamptz not null, day timestamptz not null, hours bigint not null,
            seconds bigint not null, seconds_counted numeric not null, amount numeric not null, from_hour timestamptz not null, until_hour timestamptz not null
        ) on commit drop
        """;

    private const string AnalyzeSql = "analyze run_lines (server_id, account_id)";

    private const string MonthsSql = """
        insert into cron_service.server_months as m (server_id, month, terms_id, seconds_billed, seconds_counted, amount)
        select server_id, month, terms_id, sum(seconds), sum(seconds_counted), sum(amount) from run_lines group by server_id, month, terms_id
        order by server_id, month, terms_id
        on conflict (server_id, month, terms_id) do update
            set seconds_billed = m.seconds_billed + excluded.seconds_billed, seconds_counted = m.seconds_counted + excluded.seconds_counted,
                amount = m.amount + excluded.amount
        """;

    private const string TransfersSql = """
        insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, run_id, effective_at)
        select 'charge', l.account_id, r.id, sum(l.amount), 'charge:' || @run_id || ':' || l.account_id, @run_id, @cutoff
        from run_lines l, cron_service.accounts r
        where r.kind = 'revenue'
        group by l.account_id, r.id having sum(l.amount) > 0
        """;

    private const string FiguresSql = """
        select count(distinct server_id)::integer, coalesce(sum(hours), 0)::bigint, coalesce(sum(amount), 0)::numeric(18, 6) from run_lines
        """;

    /// <summary>Makes the transaction's run_lines, empty; <see cref="Charges.ChargeAsync"/> fills it.</summary>
    public static Task BeginAsync(NpgsqlConnection connection, CancellationToken ct) => connection.ExecuteAsync(LinesSql, ct);

    /// <summary>Posts what <see cref="Charges.ChargeAsync"/> has just charged, in its transaction.</summary>
    /// <returns>Servers with at least one charge, server-hours, and currency units of the run.</returns>
    public static async Task<(int Servers, long Hours, decimal Amount)> PostAsync(NpgsqlConnection connection, long runId, DateTimeOffset cutoff, CancellationToken ct)
    {
        await connection.ExecuteAsync(AnalyzeSql, ct);
        await connection.ExecuteAsync(MonthsSql, ct);
        await connection.ExecuteAsync(TransfersSql, ct, ("run_id", runId), ("cutoff", cutoff.UtcDateTime));
        return (await connection.QueryAsync(FiguresSql, row => (row.GetInt32(0), row.GetInt64(1), row.GetDecimal(2)), ct))[0];
    }
}
