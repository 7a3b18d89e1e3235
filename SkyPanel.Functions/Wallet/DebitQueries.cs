namespace SkyPanel.Functions.Wallet;

public sealed class DebitQueries(NpgsqlDataSource database)
{
    private const string SelectSql = """
        select d.id, a.user_id, d.kind, d.tokens, d.amount, d.state, d.message, d.attempts, d.balance_before_tokens,
               d.last_reading_tokens, d.last_reading_at, d.deadline, d.credit_id, d.run_id, d.reference, d.decided_by, d.decision_reason,
               d.created_at, d.settled_at
        from cron_service.debits d join cron_service.accounts a on a.id = d.account_id
        """;

    private const string ListSql = $"""
        {SelectSql}
        where (@states::text[] is null or d.state = any(@states)) and (@run_id::bigint is null or d.run_id = @run_id)
          and (@user_id::integer is null or d.account_id = (select id from cron_service.accounts where user_id = @user_id))
          and (@before_id::bigint is null or d.id < @before_id)
        order by d.id desc limit @limit
        """;

    private const string LockAccountsSql = """
        select from cron_service.accounts a
        where exists (select from cron_service.debits d where d.account_id = a.id and d.state = 'held'
                        and (@run_id::bigint is null or d.run_id = @run_id)
                            and (@held_before::timestamptz is null or d.last_attempt_at < @held_before))
          and (@user_id::integer is null or a.user_id = @user_id)
        order by a.id for update
        """;

    // In the order of the rows of taken_days, so that two of these transactions don't wait for each other.
    private const string HeldIdsSql = """
        select d.id from cron_service.debits d join cron_service.accounts a on a.id = d.account_id
        where d.state = 'held' and (@run_id::bigint is null or d.run_id = @run_id)
            and (@held_before::timestamptz is null or d.last_attempt_at < @held_before)
          and (@user_id::integer is null or a.user_id = @user_id)
        order by cron_service.account_group(a.id), a.id, d.id for update of d
        """;

    private const string FindSql = $"{SelectSql} where d.id = @id";

    private const string OpenSql = $"""
        {SelectSql}
        where a.user_id = @user_id and d.kind in ('debit', 'refund') and d.state in ('pending', 'sending', 'in_doubt', 'held')
        """;

    /// <summary>Reads a page of debits, newest first.</summary>
    public Task<List<Debit>> ListAsync(DebitsQuery query, CancellationToken ct) =>
        database.QueryAsync<Debit>(ListSql, ct, ("states", query.State == DebitsQuery.Waiting
            ? [DebitState.Held.Text(), DebitState.InDoubt.Text()] : query.State is { } state ? new[] { state } : null),
            ("user_id", query.UserId), ("run_id", query.RunId), ("before_id", query.Cursor), ("limit", query.Limit));

    /// <summary>Locks the held debits that match, and their accounts before them, in the caller's transaction.</summary>
    /// <param name="heldBefore">Last attempted before it; null for whenever.</param>
    public static async Task<List<long>> HeldIdsAsync(NpgsqlConnection connection, int? userId, long? runId, DateTimeOffset? heldBefore,
        CancellationToken ct)
    {
        (string, object?)[] filter = [("user_id", userId), ("run_id", runId), ("held_before", heldBefore?.UtcDateTime)];
        await connection.ExecuteAsync(LockAccountsSql, ct, filter);
        return await connection.QueryAsync<long>(HeldIdsSql, ct, filter);
    }

    /// <summary>Reads a debit in the caller's transaction.</summary>
    public static Task<Debit?> FindAsync(NpgsqlConnection connection, long id, CancellationToken ct) =>
        connection.FindAsync<Debit>(FindSql, ct, ("id", id));

    public Task<Debit?> OpenOfAsync(int userId, CancellationToken ct) => database.FindAsync<Debit>(OpenSql, ct, ("user_id", userId));
}

/// <summary>Whole tokens owed by an account.</summary>
/// <param name="Kind"><c>debit</c> takes what is owed, <c>refund</c> gives it back; <c>grant</c> gives the tokens of a top-up,
/// <c>claw_back</c> takes them back.</param>
public sealed record Debit(
    long Id, int UserId, [property: AllowedValues("debit", "refund", "grant", "claw_back")] string Kind, long Tokens, decimal Amount,
    DebitState State, string? Message, int Attempts,
    decimal? BalanceBeforeTokens,
    decimal? LastReadingTokens, DateTime? LastReadingAt, DateTime? Deadline, string? CreditId, long? RunId, string Reference,
    string? DecidedBy, string? DecisionReason, DateTime CreatedAt, DateTime? SettledAt);
