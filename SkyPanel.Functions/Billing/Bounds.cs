namespace SkyPanel.Functions.Billing;

/// <summary>Compares the amounts of a run with the bounds, and holds amounts beyond them before anything is charged.</summary>
public sealed class Bounds(IOptions<BillingOptions> options)
{
    private const string OpenAccountsSql = "select account_id from cron_service.holds where scope = 'account' and state = 'open'";
    private const string OpenRunSql = "select id from cron_service.holds where scope = 'run' and state = 'open' order by id limit 1";

    // Approved amounts don't count. An account whose backlog takes several transactions is compared in each of them, including what this
    // run has charged it so far.
    private const string AccountsSql = """
        with sums as (
            select account_id, sum(amount) as amount
            from (select account_id, amount from due_amounts where not is_approved
                  union all select * from unnest(@carried_accounts, @carried_amounts)) as a
            group by account_id
        )
        select s.account_id, s.amount, m.mean
        from sums s
        cross join lateral (select case when @max_percent::numeric is not null
            then cron_service.mean_run_of_account(s.account_id, @run_id) end as mean) m
        where s.amount > @max_amount::numeric or s.amount > m.mean * @max_percent::numeric / 100
        order by s.account_id
        """;

    private const string RunSql = """
        select 0::bigint as account_id, s.amount, m.mean
        from (select sum(amount) + @carried as amount from due_amounts where not is_approved) s
        cross join (select case when @max_percent::numeric is not null then cron_service.mean_run(@run_id) end as mean) m
        where s.amount > @max_amount::numeric or s.amount > m.mean * @max_percent::numeric / 100
        """;

    private const string ReasonsSql = """
        insert into to_hold (subject, amount, reason) select * from unnest(@account_ids, @amounts, @reasons)
        """;

    private const string SpansSql = """
        insert into to_hold_spans (subject, server_id, account_id, from_hour, until_hour)
        select subject, server_id, account_id, to_timestamp(lower(h) * 3600), to_timestamp(upper(h) * 3600)
        from (select case when @is_run then 0 else p.account_id end as subject, p.server_id, p.account_id,
                     range_agg(int8range(p.from_second / 3600, (p.until_second + 3599) / 3600)) as hours
              from pieces p
              where not p.is_approved and (@is_run or p.account_id = any(@account_ids)) group by p.server_id, p.account_id) as held,
             unnest(held.hours) as h
        """;

    public bool AreSet =>
        options.Value is { MaxAmountPerAccount: not null } or { MaxAmountPerRun: not null } or { MaxPercentOfMean: not null };

    public static async Task<long[]> HeldAccountsAsync(NpgsqlConnection connection, CancellationToken ct) =>
        [.. await connection.QueryAsync<long>(OpenAccountsSql, ct)];

    /// <returns>The id of an open hold of a run; null without one.</returns>
    public static Task<long?> HeldRunAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.FindAsync<long?>(OpenRunSql, ct);

    /// <param name="charged">The amounts that earlier transactions of this run have charged.</param>
    public Task<List<Excess>> FindAccountsAsync(NpgsqlConnection connection, long runId, ChargedSoFar charged, CancellationToken ct) =>
        FindAsync(connection, AccountsSql, "MaxAmountPerAccount", options.Value.MaxAmountPerAccount, ct, ("run_id", runId),
            ("carried_accounts", charged.Accounts.Keys.ToArray()), ("carried_amounts", charged.Accounts.Values.ToArray()));

    /// <returns>One excess, or none.</returns>
    public Task<List<Excess>> FindRunAsync(NpgsqlConnection connection, long runId, ChargedSoFar charged, CancellationToken ct) =>
        FindAsync(connection, RunSql, "MaxAmountPerRun", options.Value.MaxAmountPerRun, ct,
            ("run_id", runId), ("carried", charged.Amount));

    /// <summary>Holds the due hours of accounts beyond their bound, or of the whole run.</summary>
    /// <returns>A line for each hold.</returns>
    public static async Task<List<HeldLine>> HoldAsync(NpgsqlConnection connection, long runId, List<Excess> excesses, bool isDryRun,
        CancellationToken ct)
    {
        var isRun = excesses[0].AccountId == 0;
        var accounts = excesses.ConvertAll(excess => excess.AccountId).ToArray();
        await HoldOpening.BeginAsync(connection, ct);
        await connection.ExecuteLongAsync(ReasonsSql, ct, ("account_ids", accounts),
            ("amounts", excesses.ConvertAll(excess => excess.Amount).ToArray()),
            ("reasons", excesses.ConvertAll(excess => excess.Reason).ToArray()));
        await connection.ExecuteLongAsync(SpansSql, ct, ("is_run", isRun), ("account_ids", accounts));
        return (await HoldOpening.OpenAsync(connection, isRun ? "run" : "account", runId, ct)).ConvertAll(hold =>
            HeldLine.Of(null, isRun ? "the run" : $"the account of user {hold.UserId}", "is", $": {hold.Reason}", hold.Id, isDryRun));
    }

    private Task<List<Excess>> FindAsync(
        NpgsqlConnection connection, string sql, string setting, decimal? maxAmount, CancellationToken ct,
        params (string, object?)[] parameters) =>
        connection.QueryLongAsync(sql, row =>
        {
            var (amount, mean) = (row.Get<decimal>("amount"), row.Nullable<decimal?>("mean"));
            var reason = amount > maxAmount
                ? $"{amount} is more than Billing:{setting} {maxAmount}"
                : $"{amount} is more than {options.Value.MaxPercentOfMean} % (Billing:MaxPercentOfMean) of the mean {mean:0.000000}";
            return new Excess(row.Get<long>("account_id"), amount, reason);
        }, ct, [.. parameters, ("max_amount", maxAmount), ("max_percent", options.Value.MaxPercentOfMean)]);

    /// <summary>An amount beyond a bound. The account id 0 stands for the whole run.</summary>
    public sealed record Excess(long AccountId, decimal Amount, string Reason);
}
