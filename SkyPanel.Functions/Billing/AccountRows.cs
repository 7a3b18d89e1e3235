using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Billing;

/// <summary>Reads the rows of a page of customers.</summary>
public sealed class AccountRows(NpgsqlDataSource database, IOptions<LedgerOptions> ledger)
{
    private const string RowsSql = $"""
        select a.user_id, {CustomerName.OrEmailSql} as name, a.owed_amount - coalesce(d.amount, 0) as owed,
               coalesce(m.amount, 0) - coalesce(j.amount, 0) as charges_this_month, coalesce(j.amount, 0) as corrections_this_month,
               coalesce(m.amount, 0) as net_this_month, coalesce(e.servers, 0) as servers,
               coalesce((select t.state from cron_service.account_states t where t.account_id = a.id), 'ok') as state, w.tokens, w.read_at,
               w.available, s.runway_hours::integer as runway_hours, coalesce(s.runway, 'unknown') as runway
        from unnest(@account_ids) with ordinality as wanted (account_id, place)
        join cron_service.accounts a on a.id = wanted.account_id
        left join cron_service.funds(@tokens_per_unit) w on w.account_id = a.id
        left join cron_service.standings s on s.account_id = a.id
        left join public.users u on u.id = a.user_id
        left join cron_service.collected_amounts d on d.account_id = a.id
        left join lateral (
            select sum(m.amount) as amount from cron_service.terms t
            join cron_service.server_months m on m.server_id = t.server_id and m.month = date_trunc('month', now(), 'UTC')
                and m.terms_id = t.id
            where t.account_id = a.id) as m on true
        left join lateral (
            select sum(case j.kind when 'supplement' then j.amount else -j.amount end) as amount
            from (select distinct server_id from cron_service.terms t where t.account_id = a.id) as s
            join cron_service.adjustments j on j.server_id = s.server_id and j.month = date_trunc('month', now(), 'UTC')
                and j.account_id = a.id) as j on true
        left join lateral (
            select count(*)::integer as servers from cron_service.enrolments e
                where e.user_id = a.user_id and e.enrolment_id is not null) as e on true
        order by wanted.place
        """;

    /// <returns>A row for each account, in the same order.</returns>
    public Task<List<AccountRow>> ReadAsync(long[] accountIds, CancellationToken ct) =>
        database.QueryAsync<AccountRow>(RowsSql, ct,
            ("account_ids", accountIds), ("tokens_per_unit", (decimal)ledger.Value.TokensPerCurrencyUnit));
}

/// <summary>A customer's state and figures.</summary>
/// <param name="Name">The name in the panel; null when the panel's user is gone.</param>
/// <param name="Owed">The amount charged and not yet being collected, in currency units; negative when it is owed to the customer.</param>
/// <param name="ChargesThisMonth">Charges for hours of this calendar month (UTC), before corrections, in currency units.</param>
/// <param name="CorrectionsThisMonth">Supplements minus credit notes for hours of this month.</param>
/// <param name="NetThisMonth">The sum of both.</param>
/// <param name="Servers">The number of enrolled servers.</param>
/// <param name="Balance">The wallet's balance; null when it was never read.</param>
/// <param name="Available">The balance minus all that is owed or to be taken back, plus the credit limit; null when the balance is
/// unknown.</param>
/// <param name="RunwayHours">Full hours until that is used up, as the servers were last seen; null when it is unknown or endless.</param>
/// <param name="Runway"><c>endless</c> when nothing costs anything, <c>unknown</c> without a balance.</param>
/// <param name="State"><c>held</c> when hours or a debit wait for a person, <c>in_doubt</c> while a debit is in doubt, <c>overdue</c> below
/// the credit limit, <c>due</c> once the grace period is over, <c>suspended</c> while servers are suspended by us.</param>
public record AccountRow(
    int UserId, string? Name, decimal Owed, decimal ChargesThisMonth, decimal CorrectionsThisMonth, decimal NetThisMonth, int Servers,
    AccountBalance? Balance, decimal? Available, int? RunwayHours, [property: AllowedValues("known", "endless", "unknown")] string Runway,
    AccountState State);

/// <summary>A wallet's balance.</summary>
/// <param name="Tokens">The last reading, minus tokens taken since, plus tokens given.</param>
/// <param name="ReadAt">When it was read.</param>
public sealed record AccountBalance(decimal Tokens, DateTime ReadAt);
