using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Billing;

/// <summary>Puts a run's charges into the ledger: one transfer an account, the charges its lines.</summary>
public static class Postings
{
    private const string TransfersSql = """
        insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, run_id, effective_at)
        select 'charge', c.account_id, r.id, sum(c.amount), 'charge:' || @run_id || ':' || c.account_id, @run_id, @cutoff
        from cron_service.charges c, cron_service.accounts r
        where c.run_id = @run_id and r.kind = 'revenue'
        group by c.account_id, r.id having sum(c.amount) > 0
        """;

    private const string FiguresSql = """
        select count(*)::integer as servers, coalesce(sum(hours), 0)::bigint as hours, coalesce(sum(amount), 0)::numeric(18, 6) as amount
        from (select count(*) as hours, sum(amount) as amount from cron_service.charges where run_id = @run_id group by server_id) as servers
        """;

    public static Task<int> TransferAsync(NpgsqlConnection connection, long runId, DateTimeOffset cutoff, CancellationToken ct) =>
        connection.ExecuteAsync(TransfersSql, ct, ("run_id", runId), ("cutoff", cutoff.UtcDateTime));

    /// <returns>Servers with at least one charge, server-hours, and currency units of a run.</returns>
    public static async Task<(int Servers, long Hours, decimal Amount)> FiguresAsync(NpgsqlConnection connection, long runId, CancellationToken ct) =>
        (await connection.QueryAsync(FiguresSql, row => (row.GetInt32(0), row.GetInt64(1), row.GetDecimal(2)), ct, ("run_id", runId)))[0];
}
