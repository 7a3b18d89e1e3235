namespace SkyPanel.Functions.Billing;

/// <summary>Sums up charges, corrections and tokens of a range of days.</summary>
public sealed class Summaries(NpgsqlDataSource database)
{
    // Reads daily sums and corrections, so that a year costs the same for ten servers and for a million.
    private const string ByTimeSql = """
        with figures as (
            select day, hours, amount, 0 as corrections, 0 as tokens from cron_service.charged_days where day >= @from and day < @to
            union all
            select greatest(from_hour, month), 0, 0, case kind when 'supplement' then amount else -amount end, 0
            from cron_service.adjustments where month >= date_trunc('month', @from, 'UTC') and month < @to
                and greatest(from_hour, month) >= @from and greatest(from_hour, month) < @to
            union all
            select day, 0, 0, 0, tokens from cron_service.taken_days where day >= @from and day < @to
        )
        select to_char(day at time zone 'UTC', @form) as key, sum(hours)::bigint as hours, sum(amount) as gross,
               sum(corrections) as corrections, sum(amount) + sum(corrections) as net, sum(tokens)::bigint as tokens
        from figures group by 1 order by 1
        """;

    // Only sums up the page's customers, each by an index.
    private const string ByAccountSql = """
        with page as materialized (
            select id, user_id from cron_service.accounts where kind = 'customer' and user_id > @after order by user_id limit @limit
        )
        select p.user_id::text as key, c.hours, c.amount as gross, j.corrections, c.amount + j.corrections as net, d.tokens
        from page p
        cross join lateral (
            select count(*) as hours, coalesce(sum(c.amount), 0) as amount
            from (select distinct server_id from cron_service.terms t where t.account_id = p.id) s
            join cron_service.charges c on c.server_id = s.server_id and c.hour_start >= @from and c.hour_start < @to
            where c.account_id = p.id) c
        cross join lateral (
            select coalesce(sum(case j.kind when 'supplement' then j.amount else -j.amount end), 0) as corrections
            from (select distinct server_id from cron_service.terms t where t.account_id = p.id) s
            join cron_service.adjustments j on j.server_id = s.server_id and j.month >= date_trunc('month', @from, 'UTC') and j.month < @to
            where j.account_id = p.id and greatest(j.from_hour, j.month) >= @from and greatest(j.from_hour, j.month) < @to) j
        cross join lateral (
            select coalesce(sum(d.tokens), 0)::bigint as tokens from cron_service.transfers t
            join cron_service.debits d on d.id = case t.kind when 'debit' then split_part(t.external_id, ':', 2)::bigint end
            where t.to_account_id = p.id and t.created_at >= @from and t.created_at < @to) d
        order by p.user_id
        """;

    private const string ByServerSql = """
        with page as materialized (
            select server_id from cron_service.enrolments where server_id > @after order by server_id limit @limit
        )
        select p.server_id::text as key, c.hours, c.amount as gross, j.corrections, c.amount + j.corrections as net, null::bigint as tokens
        from page p
        cross join lateral (
            select count(*) as hours, coalesce(sum(c.amount), 0) as amount from cron_service.charges c
            where c.server_id = p.server_id and c.hour_start >= @from and c.hour_start < @to) c
        cross join lateral (
            select coalesce(sum(case j.kind when 'supplement' then j.amount else -j.amount end), 0) as corrections
                from cron_service.adjustments j
            where j.server_id = p.server_id and j.month >= date_trunc('month', @from, 'UTC') and j.month < @to
              and greatest(j.from_hour, j.month) >= @from and greatest(j.from_hour, j.month) < @to) j
        order by p.server_id
        """;

    /// <returns>A group for each day or month with charges, corrections or taken tokens.</returns>
    /// <param name="form">PostgreSQL's format of a group's key: <c>YYYY-MM-DD</c> or <c>YYYY-MM</c>.</param>
    public Task<List<SummaryGroup>> ByTimeAsync(DateTime from, DateTime to, string form, CancellationToken ct) =>
        database.QueryAsync<SummaryGroup>(ByTimeSql, ct, ("from", from), ("to", to), ("form", form));

    /// <returns>A group for each customer by id, also those without charges.</returns>
    public Task<List<SummaryGroup>> ByAccountAsync(DateTime from, DateTime to, long after, int limit, CancellationToken ct) =>
        database.QueryAsync<SummaryGroup>(ByAccountSql, ct, ("from", from), ("to", to), ("after", after), ("limit", limit));

    /// <returns>A group for each server by id, also those without charges.</returns>
    public Task<List<SummaryGroup>> ByServerAsync(DateTime from, DateTime to, long after, int limit, CancellationToken ct) =>
        database.QueryAsync<SummaryGroup>(ByServerSql, ct, ("from", from), ("to", to), ("after", after), ("limit", limit));
}
