using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Payments;

/// <summary>Opens top-ups: stores the row with all its terms before PayPal is called.</summary>
public sealed class TopUps(
    NpgsqlDataSource database, PayPalSettings payPal, PaymentsJob job, IOptions<PayPalOptions> limits, IOptions<LedgerOptions> ledger,
        IOptions<PublicOptions> options)
{
    private const string LockSql = "select id from cron_service.accounts where user_id = @user_id for update";

    private const string TodaySql = """
        select coalesce(sum(amount), 0) from cron_service.top_ups
        where account_id = @account_id and (captured_at >= date_trunc('day', now(), 'UTC')
            or created_at >= date_trunc('day', now(), 'UTC') and state not in ('cancelled', 'expired', 'denied'))
        """;

    private const string OpenSql = """
        insert into cron_service.top_ups (account_id, amount, currency, tokens_per_unit, tokens, opened_by)
        values (@account_id, @amount, @currency, @tokens_per_unit, floor(@amount * @tokens_per_unit), @by) returning id
        """;

    /// <returns>The reason why top-ups are off; null when they are on.</returns>
    public async Task<string?> FindObstacleAsync(CancellationToken ct)
    {
        var (credentials, problem) = await payPal.ReadAsync(ct);
        return credentials is null ? $"Top-ups are off: {problem ?? "PayPal:ClientId and PayPal:ClientSecret are not configured"}."
            : options.Value.Address is null ? "Top-ups are off: Public:BaseUrl is not configured, so PayPal could send no payer back."
            : !(await job.ReadSettingsAsync(ct)).Enabled
                ? $"Top-ups are off: an admin enables them with PUT /api/admin/cron/jobs/{PaymentsJob.Name}/settings."
            : null;
    }

    /// <summary>Opens a top-up of an account.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="BadInputException">The amount is not allowed.</exception>
    /// <exception cref="NotFoundException">The user doesn't exist.</exception>
    public async Task<long> OpenAsync(Caller caller, int userId, decimal amount, CancellationToken ct)
    {
        var money = new PayPalMoney(ledger.Value.Currency, amount);
        Check(money);
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        if (!await Accounts.OpenAsync(connection, userId, ct))
            throw new NotFoundException($"There is no user {userId}.");
        // Locks the account before the daily sum is read, so that concurrent top-ups can't exceed the limit.
        var account = await connection.ScalarAsync<long>(LockSql, ct, ("user_id", userId));
        var today = await connection.ScalarAsync<decimal>(TodaySql, ct, ("account_id", account));
        if (today + amount > limits.Value.DailyMaximumAmount)
            throw new BadInputException("amount",
                $"may be {Math.Max(0, limits.Value.DailyMaximumAmount - today)} {money.Currency} at most today: " +
                $"{limits.Value.DailyMaximumAmount} a day are allowed");
        var id = await connection.ScalarAsync<long>(OpenSql, ct, ("account_id", account), ("amount", amount), ("currency", money.Currency),
            ("tokens_per_unit", ledger.Value.TokensPerCurrencyUnit), ("by", caller.Name));
        await Audit.WriteAsync(connection, caller, "open-top-up", $"top-up {id}", null, new { userId, amount, currency = money.Currency },
            null);
        await transaction.CommitAsync(CancellationToken.None);
        return id;
    }

    private void Check(PayPalMoney money)
    {
        // The range first: a larger amount could overflow.
        if (money.Value < limits.Value.MinimumAmount || money.Value > limits.Value.MaximumAmount)
            throw new BadInputException("amount", $"must be {limits.Value.MinimumAmount} to {limits.Value.MaximumAmount} {money.Currency}");
        if (!money.IsExact)
            throw new BadInputException("amount",
                $"may have {PayPalMoney.DecimalsOf(money.Currency)} decimals at most in {money.Currency}");
        var tokens = money.Value * ledger.Value.TokensPerCurrencyUnit;
        if (tokens is < 1 or > TopUpDebits.MaxTokens)
            throw new BadInputException("amount", $"must be worth 1 to {TopUpDebits.MaxTokens} tokens");
        // A part of a token would be paid for and not given.
        if (tokens != decimal.Floor(tokens))
            throw new BadInputException("amount",
                $"must be whole tokens: a multiple of {1m / ledger.Value.TokensPerCurrencyUnit} {money.Currency}");
    }
}
