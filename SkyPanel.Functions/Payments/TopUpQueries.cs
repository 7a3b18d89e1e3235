namespace SkyPanel.Functions.Payments;

/// <summary>Reads top-ups.</summary>
public sealed class TopUpQueries(NpgsqlDataSource database)
{
    private const string FindSql =
        $"select {TopUp.Columns} from cron_service.top_ups t join cron_service.accounts a on a.id = t.account_id where t.id = @id";

    private const string LockSql = $"{FindSql} for update of t";

    private const string ListSql = $"""
        select {TopUp.Columns} from cron_service.top_ups t join cron_service.accounts a on a.id = t.account_id
        where (@state::text is null or t.state = @state::text) and (@user_id::integer is null or a.user_id = @user_id::integer)
            and t.id < coalesce(@before::bigint, 9223372036854775807)
        order by t.id desc limit @limit
        """;

    private const string CapturedSql = $"""
        select {TopUp.Columns} from cron_service.top_ups t join cron_service.accounts a on a.id = t.account_id
        where t.captured_at >= @from and t.captured_at < @until or t.capture_id = any(@ids) order by t.id
        """;

    private const string ReturnSql = """
        with noted as (
            update cron_service.top_ups set approved_at = clock_timestamp() where order_id = @order_id and captured_at is null
        )
        select id from cron_service.top_ups where order_id = @order_id
        """;

    private const string SumOfDaySql = """
        select coalesce(sum(amount), 0) from cron_service.top_ups
        where account_id = @account_id and id <> @id
            and (captured_at >= date_trunc('day', now(), 'UTC') or state in ('capturing', 'in_doubt', 'pending'))
        """;

    private const string CancelSql = """
        with found as (
            select id, state from cron_service.top_ups where order_id = @order_id for update
        ), cancelled as (
            update cron_service.top_ups t set state = 'cancelled', message = 'the payer cancelled'
            from found f where t.id = f.id and f.state in ('ordered', 'declined')
        )
        select case when state in ('ordered', 'declined') then 'cancelled' else state end from found
        """;

    private const string CloseUnpaidSql = """
        update cron_service.top_ups set state = 'denied', message = @reason where id = @id and state = 'held' and captured_at is null
        """;

    public Task<TopUp?> FindAsync(long id, CancellationToken ct) => database.FindAsync<TopUp>(FindSql, ct, ("id", id));

    /// <summary>Reads and locks a row in the caller's transaction.</summary>
    public static Task<TopUp?> LockAsync(NpgsqlConnection connection, long id) =>
        connection.FindAsync<TopUp>(LockSql, CancellationToken.None, ("id", id));

    /// <summary>Lists top-ups, the latest first.</summary>
    /// <param name="before">Only those with a lower id.</param>
    public Task<List<TopUp>> ListAsync(string? state, int? userId, long? before, int limit, CancellationToken ct) =>
        database.QueryAsync<TopUp>(ListSql, ct, ("state", state), ("user_id", userId), ("before", before), ("limit", limit));

    /// <summary>Lists top-ups that were paid in a range or have one of the captures.</summary>
    public Task<List<TopUp>> CapturedAsync(DateTimeOffset from, DateTimeOffset until, string[] captureIds, CancellationToken ct) =>
        database.QueryAsync<TopUp>(CapturedSql, ct, ("from", from.UtcDateTime), ("until", until.UtcDateTime), ("ids", captureIds));

    /// <summary>Notes that the payer of an order has come back from PayPal.</summary>
    /// <returns>The id of its top-up; null without one.</returns>
    public Task<long?> ReturnAsync(string orderId, CancellationToken ct) => database.FindAsync<long?>(ReturnSql, ct, ("order_id", orderId));

    /// <returns>The sum of the account's other top-ups that were paid today, or are being paid.</returns>
    public Task<decimal> SumOfDayAsync(TopUp topUp, CancellationToken ct) =>
        database.ScalarAsync<decimal>(SumOfDaySql, ct, ("account_id", topUp.AccountId), ("id", topUp.Id));

    /// <summary>Closes a held top-up without a known payment, in the caller's transaction.</summary>
    public static Task CloseUnpaidAsync(NpgsqlConnection connection, long id, string reason) =>
        connection.ExecuteAsync(CloseUnpaidSql, CancellationToken.None, ("id", id), ("reason", reason));

    /// <summary>Cancels an unpaid top-up. If the payer approves it later, a webhook reports it.</summary>
    /// <returns>The state of the order's top-up now; null without one.</returns>
    public Task<TopUpState?> CancelAsync(string orderId, CancellationToken ct) =>
        database.FindAsync<TopUpState?>(CancelSql, ct, ("order_id", orderId));
}
