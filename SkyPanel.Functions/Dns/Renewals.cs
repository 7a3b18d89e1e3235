using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Dns;

/// <summary>Renews a subscription for one period in one transaction: claims the period, posts the transfer, opens the debit and updates the
/// panel.</summary>
public sealed class Renewals(NpgsqlDataSource database, Debits debits, IOptions<LedgerOptions> ledger)
{
    // Every writer of transfers to revenue locks in this order: revenue, the customer, the panel's row.
    private const string RevenueSql = "select from cron_service.accounts where kind = 'revenue' for update";
    private const string AccountSql =
        "insert into cron_service.accounts (kind, user_id) values ('customer', @user_id) on conflict do nothing";
    private const string CustomerSql = "select id from cron_service.accounts where user_id = @user_id for update";
    private const string OwedSql = "select owed_amount from cron_service.accounts where id = @account_id";

    private const string SubscriptionSql = """
        select true from public.dns_plan_subscriptions
        where id::text = @id and "userId" = @user_id and status = @status and "autoRenew"
            and "nextPaymentDate"::timestamp = @next_payment at time zone 'UTC'
        for update
        """;

    // Somebody may have moved the panel's date back: a paid period is not paid again.
    private const string PaidUntilSql = """
        select max(period_end) from cron_service.dns_renewals
            where subscription_id = @id and period_start < @end and period_end > @start having count(*) > 0
        """;

    private const string ClaimSql = """
        insert into cron_service.dns_renewals (subscription_id, plan, period_start, period_end, anchor_day, account_id, amount,
            external_id, run_id)
        values (@id, @plan, @start, @end, @anchor_day, @account_id, @amount, @external_id, @run_id)
        """;

    private const string TransferSql = $"""
        with postings as (
            select 'dns_renewal' as kind, n.account_id as from_account_id, r.id as to_account_id, n.amount, n.external_id, n.run_id,
                   n.period_start as effective_at
            from cron_service.dns_renewals n, cron_service.accounts r
            where n.external_id = @external_id and r.kind = 'revenue'
        )
        {Transfers.InsertSql}
        """;

    private const string EndGraceSql = "delete from cron_service.dns_graces where subscription_id = @id";

    private const string PanelSql = """
        update public.dns_plan_subscriptions
        set status = 'active', "nextPaymentDate" = @end at time zone 'UTC', "endDate" = @end at time zone 'UTC',
            "updatedAt" = clock_timestamp() at time zone 'UTC',
            "lastPaymentDate" = coalesce(@paid_at::timestamptz at time zone 'UTC', "lastPaymentDate")
        where id::text = @id
        """;

    /// <param name="nextPayment">The expected date in the panel's row; with another date nothing is renewed.</param>
    /// <param name="balanceTokens">The wallet's balance.</param>
    /// <param name="knownOwedAmount">The amount owed before the wallet was read, plus this run's renewals.</param>
    public async Task<Renewal> RenewAsync(
        DueSubscription subscription, DateTime nextPayment, Period period, decimal balanceTokens, decimal knownOwedAmount, long runId,
            Fence fence, DateTime now, CancellationToken ct)
    {
        var (id, price) = (subscription.Id, subscription.Price!.Value);
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        await connection.ExecuteAsync(RevenueSql, ct);
        await fence.CheckAndLockAsync(connection, ct);
        await connection.ExecuteAsync(AccountSql, ct, ("user_id", subscription.UserId));
        var account = await connection.ScalarAsync<long>(CustomerSql, ct, ("user_id", subscription.UserId));
        if (!await connection.FindAsync<bool>(SubscriptionSql, ct, ("id", id), ("user_id", subscription.UserId),
            ("status", subscription.Status), ("next_payment", nextPayment)))
            return Renewal.Changed;

        if (await connection.QueryAsync<DateTime>(PaidUntilSql, ct, ("id", id), ("start", period.Start),
            ("end", period.End)) is [var paidUntil])
        {
            await connection.ExecuteAsync(PanelSql, ct, ("id", id), ("end", paidUntil), ("paid_at", null));
            await transaction.CommitAsync(CancellationToken.None);
            return Renewal.PaidBefore;
        }
        var owed = await connection.ScalarAsync<decimal>(OwedSql, ct, ("account_id", account));
        if (!Affords(balanceTokens, Math.Max(owed, knownOwedAmount) + price))
            return Renewal.Insufficient;

        var externalId = $"dns:{id}:{period.Start.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture)}";
        await connection.ExecuteAsync(ClaimSql, ct, ("id", id), ("plan", subscription.Plan), ("start", period.Start), ("end", period.End),
            ("anchor_day", period.AnchorDay), ("account_id", account), ("amount", price), ("external_id", externalId), ("run_id", runId));
        await connection.ExecuteAsync(TransferSql, ct, ("external_id", externalId));
        await connection.ExecuteAsync(EndGraceSql, ct, ("id", id));
        await debits.OpenAsync(connection, account, ct);
        await connection.ExecuteAsync(PanelSql, ct, ("id", id), ("end", period.End), ("paid_at", now));
        // Not cancellable: a cancelled commit may have happened, and the run would report something else.
        await transaction.CommitAsync(CancellationToken.None);
        return Renewal.Renewed;
    }

    /// <summary>Whether a wallet holds the whole tokens of an amount, in currency units.</summary>
    public bool Affords(decimal balanceTokens, decimal amount) =>
        balanceTokens >= decimal.Floor(amount * ledger.Value.TokensPerCurrencyUnit);
}

/// <summary>The outcome for one period.</summary>
public enum Renewal
{
    Renewed,

    /// <summary>The period, or part of it, was paid before: only the panel's date was updated.</summary>
    PaidBefore,
    Insufficient,

    /// <summary>The panel's row has changed since it was read: the next run decides again.</summary>
    Changed,
}
