using System.ComponentModel.DataAnnotations;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Wallet;

/// <summary>Debits, read.</summary>
public sealed class DebitQueries(NpgsqlDataSource database)
{
    private const string HeldSql = """
        select d.*, a.user_id from cron_service.debits d join cron_service.accounts a on a.id = d.account_id where d.state in ('held', 'in_doubt') order by d.id
        """;

    private const string FindSql = """
        select d.*, a.user_id from cron_service.debits d join cron_service.accounts a on a.id = d.account_id where d.id = @id
        """;

    private const string OpenSql = """
        select d.*, a.user_id from cron_service.debits d join cron_service.accounts a on a.id = d.account_id
        where a.user_id = @user_id and d.state in ('pending', 'sending', 'in_doubt', 'held')
        """;

    /// <summary>Those that wait for a person, and those that are being judged.</summary>
    public Task<List<Debit>> HeldAsync(CancellationToken ct) => database.QueryAsync(HeldSql, Read, ct);

    /// <summary>As the caller's transaction sees it.</summary>
    public static async Task<Debit?> FindAsync(NpgsqlConnection connection, long id, CancellationToken ct) => (await connection.QueryAsync(FindSql, Read, ct, ("id", id))).FirstOrDefault();

    public async Task<Debit?> OpenOfAsync(int userId, CancellationToken ct) => (await database.QueryAsync(OpenSql, Read, ct, ("user_id", userId))).FirstOrDefault();

    private static Debit Read(NpgsqlDataReader row) => new(
        row.Get<long>("id"), row.Get<int>("user_id"), row.Get<string>("kind"), row.Get<long>("tokens"), row.Get<decimal>("amount"), row.Get<string>("state"),
        row.Nullable<string>("message"), row.Get<int>("attempts"), row.Nullable<decimal?>("balance_before_tokens"), row.Nullable<decimal?>("last_reading_tokens"),
        row.Nullable<DateTime?>("last_reading_at"), row.Nullable<DateTime?>("deadline"), row.Nullable<string>("credit_id"), row.Nullable<long?>("run_id"),
        row.Get<string>("reference"), row.Nullable<string>("decided_by"), row.Nullable<string>("decision_reason"), row.Get<DateTime>("created_at"),
        row.Nullable<DateTime?>("settled_at"));
}

/// <summary>Whole tokens owed by an account.</summary>
/// <param name="Kind"><c>debit</c> takes tokens, <c>refund</c> gives them back.</param>
/// <param name="State"><c>pending</c>, <c>sending</c>, <c>in_doubt</c>, <c>held</c>, <c>settled</c> or <c>voided</c>.</param>
public sealed record Debit(
    long Id, int UserId, [property: AllowedValues("debit", "refund")] string Kind, long Tokens, decimal Amount,
    [property: AllowedValues("pending", "sending", "in_doubt", "held", "settled", "voided")] string State, string? Message, int Attempts, decimal? BalanceBeforeTokens,
    decimal? LastReadingTokens, DateTime? LastReadingAt, DateTime? Deadline, string? CreditId, long? RunId, string Reference, string? DecidedBy,
    string? DecisionReason, DateTime CreatedAt, DateTime? SettledAt);
