using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Billing;

/// <summary>The circuit breaker: a run whose charges are beyond a bound is undone before the ledger sees it, and held with its numbers.</summary>
public sealed class Bounds(IOptions<BillingOptions> options)
{
    private const string AllAccountsSql = "select id from cron_service.accounts where kind = 'customer'";
    private const string OpenAccountsSql = "select account_id from cron_service.holds where scope = 'account' and state = 'open'";
    private const string OpenRunSql = "select id from cron_service.holds where scope = 'run' and state = 'open' order by id limit 1";

    // What a person has approved is charged without asking again; what came after it is judged anew. The latest transfers are found by their
    // index, an account's here and a run's below: to look through all of them would take longer with every month, while everybody waits for the locks.
    private const string AccountsSql = """
        with approved as materialized (
            select * from cron_service.holds where state = 'approved' or state = 'charged' and closed_by_run_id = @run_id
        ), sums as (
            select c.account_id, sum(c.amount) as amount, count(*)::integer as hours, min(c.hour_start) as from_hour, max(c.hour_start) + interval '1 hour' as until_hour
            from cron_service.charges c
            where c.run_id = @run_id and not exists (select from approved h
                where c.hour_start < h.until_hour and (h.scope = 'run' or h.account_id = c.account_id or h.server_id = c.server_id and c.hour_start >= h.from_hour))
            group by c.account_id
        )
        select s.account_id, s.amount, s.hours, s.from_hour, s.until_hour, m.mean, a.user_id
        from sums s
        join cron_service.accounts a on a.id = s.account_id
        left join lateral (
            select avg(l.amount) as mean
            from (select t.amount from cron_service.transfers t
                  where t.from_account_id = s.account_id and t.kind = 'charge' and @max_percent::numeric is not null
                  order by t.created_at desc limit 24) as l
            having count(*) >= 3) m on true
        where s.amount > @max_amount::numeric or s.amount > m.mean * @max_percent::numeric / 100
        order by s.account_id
        """;

    private const string RunSql = """
        with latest as (
            select sum(amount) as amount from cron_service.transfers
            where kind = 'charge' and run_id is not null and @max_percent::numeric is not null group by run_id order by run_id desc limit 24
        ), means as (
            select avg(amount) as mean from latest having count(*) >= 3
        ), approved as materialized (
            select * from cron_service.holds where state = 'approved' or state = 'charged' and closed_by_run_id = @run_id
        ), sums as (
            select sum(c.amount) as amount, count(*)::integer as hours, min(c.hour_start) as from_hour, max(c.hour_start) + interval '1 hour' as until_hour
            from cron_service.charges c
            where c.run_id = @run_id and not exists (select from approved h
                where c.hour_start < h.until_hour and (h.scope = 'run' or h.account_id = c.account_id or h.server_id = c.server_id and c.hour_start >= h.from_hour))
            having count(*) > 0
        )
        select 0::bigint as account_id, s.amount, s.hours, s.from_hour, s.until_hour, m.mean, null::integer as user_id
        from sums s left join means m on true
        where s.amount > @max_amount::numeric or s.amount > m.mean * @max_percent::numeric / 100
        """;

    private const string HoldSql = """
        insert into cron_service.holds (scope, account_id, from_hour, until_hour, hours, amount, reason, opened_by_run_id)
        values (case when @account_id::bigint is null then 'run' else 'account' end, @account_id::bigint, @from_hour, @until_hour, @hours, @amount, @reason, @run_id)
        returning id
        """;

    private const string ChargedSql = """
        update cron_service.holds set state = 'charged', closed_by_run_id = @run_id where scope in ('account', 'run') and state = 'approved'
        """;

    public bool AreSet => options.Value is { MaxAmountPerAccount: not null } or { MaxAmountPerRun: not null } or { MaxPercentOfMean: not null };

    /// <summary>Whoever pays: while a whole run is held, only what was approved is charged.</summary>
    public static async Task<long[]> AllAccountsAsync(NpgsqlConnection connection, CancellationToken ct) =>
        [.. await connection.QueryAsync(AllAccountsSql, row => row.GetInt64(0), ct)];

    public static async Task<long[]> HeldAccountsAsync(NpgsqlConnection connection, CancellationToken ct) =>
        [.. await connection.QueryAsync(OpenAccountsSql, row => row.GetInt64(0), ct)];

    /// <returns>The id of the hold that a person has still to decide, or null.</returns>
    public static async Task<long?> HeldRunAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await connection.QueryAsync(OpenRunSql, row => (long?)row.GetInt64(0), ct)).FirstOrDefault();

    public Task<List<Excess>> AccountsBeyondAsync(NpgsqlConnection connection, long runId, CancellationToken ct) =>
        BeyondAsync(connection, AccountsSql, "MaxAmountPerAccount", options.Value.MaxAmountPerAccount, runId, ct);

    public async Task<Excess?> RunBeyondAsync(NpgsqlConnection connection, long runId, CancellationToken ct) =>
        (await BeyondAsync(connection, RunSql, "MaxAmountPerRun", options.Value.MaxAmountPerRun, runId, ct)).FirstOrDefault();

    public static async Task<HeldLine> HoldAsync(NpgsqlConnection connection, long runId, Excess excess, bool isDryRun, CancellationToken ct)
    {
        var id = (await connection.QueryAsync(HoldSql, row => row.GetInt64(0), ct,
            ("account_id", excess.AccountId == 0 ? null : excess.AccountId), ("from_hour", excess.FromHour), ("until_hour", excess.UntilHour),
            ("hours", excess.Hours), ("amount", excess.Amount), ("reason", excess.Reason), ("run_id", runId)))[0];
        return HeldLine.Of(null, excess.AccountId == 0 ? "the run" : $"the account of user {excess.UserId}", "is", $": {excess.Reason}", id, isDryRun);
    }

    /// <summary>Closes the holds of accounts and runs that were approved, now that their hours are charged.</summary>
    public static Task CloseApprovedAsync(NpgsqlConnection connection, long runId, CancellationToken ct) =>
        connection.ExecuteAsync(ChargedSql, ct, ("run_id", runId));

    private Task<List<Excess>> BeyondAsync(
        NpgsqlConnection connection, string sql, string setting, decimal? maxAmount, long runId, CancellationToken ct) =>
        connection.QueryAsync(sql, row =>
        {
            var (amount, mean) = (row.GetDecimal(1), row.Nullable<decimal?>("mean"));
            var reason = amount > maxAmount
                ? $"{amount} is more than Billing:{setting} {maxAmount}"
                : $"{amount} is more than {options.Value.MaxPercentOfMean} % (Billing:MaxPercentOfMean) of the mean {mean:0.000000}";
            return new Excess(row.GetInt64(0), row.Nullable<int?>("user_id"), amount, row.GetInt32(2), row.GetDateTime(3), row.GetDateTime(4), reason);
        }, ct, ("run_id", runId), ("max_amount", maxAmount), ("max_percent", options.Value.MaxPercentOfMean));

    /// <summary>Charges beyond a bound. An account id of 0 is the whole run.</summary>
    public sealed record Excess(long AccountId, int? UserId, decimal Amount, int Hours, DateTime FromHour, DateTime UntilHour, string Reason);
}
