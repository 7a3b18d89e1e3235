using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Customers;

/// <summary>Reads the data of a customer's own page. Every query is restricted to one account, whatever ids are requested.</summary>
public sealed class OwnPage(
    NpgsqlDataSource database, AccountRows rows, ChargeQueries charges, Explain explain, TopUps topUps, IOptions<LedgerOptions> ledger,
        IOptions<PayPalOptions> payPal)
{
    // Shows only the cost of a server that now has another owner.
    private const string ServersSql = """
        with months as (
            select m.server_id, sum(m.amount) as amount
            from cron_service.terms t join cron_service.server_months m on m.server_id = t.server_id and m.terms_id = t.id
                and m.month = date_trunc('month', now(), 'UTC')
            where t.account_id = @account_id group by m.server_id
        ), mine as (
            select server_id from cron_service.enrolments where user_id = @user_id and enrolment_id is not null
            union select server_id from months
        )
        select e.server_id, case when o.is_own then to_jsonb(b) ->> 'package_name' end as plan,
               case when o.is_own then coalesce(e.monthly_price, e.hourly_rate) end as price, e.monthly_price is not null
                   as is_monthly_price, e.basis_hours,
               case when not o.is_own then 'removed' when u.server_id is null then 'unseen' when not u.is_existing then 'gone'
                   when u.is_suspended then 'suspended'
                    when not u.is_built then 'building' when not u.billing_enabled then 'disabled' else 'billable' end as state,
                        coalesce(m.amount, 0) as net_this_month
        from mine join cron_service.enrolments e using (server_id)
        left join months m on m.server_id = e.server_id
        cross join lateral (select e.user_id = @user_id and e.enrolment_id is not null as is_own) o
        left join cron_service.uptime u on u.server_id = e.server_id and u.is_current
        left join public.virtfusion_hourly_billing b on b.virtfusion_server_id = e.server_id and b.id::text = e.enrolment_id
        order by e.server_id
        """;

    // The standing, also where an operator has to decide about a debit: the customer is warned all the same.
    private const string StandingSql = """
        select coalesce(s.state, 'ok') as state, a.owed_amount
        from cron_service.accounts a left join cron_service.standings s on s.account_id = a.id where a.id = @account_id
        """;

    private const string IsOwnServerSql = """
        select exists (select from cron_service.terms where server_id = @server_id and account_id = @account_id)
            or exists (select from cron_service.enrolments where server_id = @server_id and user_id = @user_id)
        """;

    private const string IsOwnHourSql = """
        select coalesce(
            (select t.account_id = @account_id from cron_service.terms t where t.server_id = @server_id and t.effective_from <= @hour
            order by t.effective_from desc limit 1),
            exists (select from cron_service.enrolments where server_id = @server_id and user_id = @user_id))
        """;

    private const string NetSql = """
        select coalesce(sum(m.amount), 0)
        from cron_service.server_months m join cron_service.terms t on t.id = m.terms_id
        where m.server_id = @server_id and m.month = @month and t.account_id = @account_id
        """;

    public async Task<OwnAccount> ReadAsync(LinkedCustomer customer, CancellationToken ct)
    {
        var row = (await rows.ReadAsync([customer.AccountId], ct))[0];
        var (state, owed) = (await database.QueryAsync(StandingSql, standing => (
            standing.Get<Standing>("state"), standing.Get<decimal>("owed_amount")), ct, Of(customer)))[0];
        var servers = await database.QueryAsync<OwnServer>(ServersSql, ct, Of(customer));
        var offer = new TopUpOffer(await topUps.FindObstacleAsync(ct) is null, payPal.Value.MinimumAmount, payPal.Value.MaximumAmount,
            payPal.Value.DailyMaximumAmount);
        return new(row.Name, ledger.Value.Currency, ledger.Value.TokensPerCurrencyUnit, row.Balance, owed, row.Available, row.Runway,
            row.RunwayHours,
            state, row.NetThisMonth, servers, offer, customer.ExpiresAt);
    }

    /// <exception cref="NotFoundException">The server was never the customer's.</exception>
    public async Task<OwnCharges> ChargesAsync(LinkedCustomer customer, int serverId, CalendarMonth month, CancellationToken ct)
    {
        (string, object?)[] parameters = [.. Of(customer), ("server_id", serverId), ("month", month.Begin)];
        await RequireAsync(IsOwnServerSql, $"There is no server {serverId}.", parameters, ct);
        var lines = await charges.OfServerAsync(serverId, month.Begin, ct);
        var net = await database.ScalarAsync<decimal>(NetSql, ct, parameters);
        return new(serverId, month.Text, net, [.. lines.Where(line => line.UserId == customer.UserId).Select(line =>
            new OwnCharge(line.Hour, line.Amount, line.SecondsBilled, line.SecondsBilled - line.SecondsCounted))]);
    }

    /// <exception cref="NotFoundException">The server was not the customer's in that hour, or is unknown.</exception>
    public async Task<OwnHour> ExplainAsync(LinkedCustomer customer, int serverId, DateTimeOffset hour, CancellationToken ct)
    {
        var unknown = $"Nothing is known of server {serverId} in that hour.";
        await RequireAsync(IsOwnHourSql, unknown, [.. Of(customer), ("server_id", serverId), ("hour", hour.UtcDateTime)], ct);
        var explained = await explain.HourAsync(serverId, hour, ct);
        return explained is not null && (explained.Charge is null || explained.Charge.UserId == customer.UserId) ? OwnHour.Of(explained)
            : throw new NotFoundException(unknown);
    }

    private async Task RequireAsync(string sql, string refusal, (string, object?)[] parameters, CancellationToken ct)
    {
        if (!await database.ScalarAsync<bool>(sql, ct, parameters))
            throw new NotFoundException(refusal);
    }

    private static (string, object?)[] Of(LinkedCustomer customer) => [("account_id", customer.AccountId), ("user_id", customer.UserId)];
}
