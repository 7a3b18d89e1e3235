using System.Text.Json.Serialization;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Customers;

/// <summary>Reads the latest standings of accounts.</summary>
public sealed class Runway(NpgsqlDataSource database)
{
    private const string ReadSql = """
        select account_id, state, balance_tokens, balance_read_at, available, burn, runway_hours::integer as runway_hours, runway,
            overdue_since, due_at
        from cron_service.standings where account_id = any(@account_ids)
        """;

    /// <returns>The standings of the accounts that have one, by account id.</returns>
    public async Task<Dictionary<long, Standing>> ReadAsync(IReadOnlyCollection<long> accountIds, CancellationToken ct) =>
        (await database.QueryAsync(ReadSql, row => new Standing(row.Get<long>("account_id"),
            EnumText.Parse<AccountState>(row.Get<string>("state")),
            row.Nullable<decimal?>("balance_tokens"), row.Nullable<DateTime?>("balance_read_at"), row.Nullable<decimal?>("available"),
            row.Get<decimal>("burn"), row.Nullable<int?>("runway_hours"), EnumText.Parse<RunwayKind>(row.Get<string>("runway")),
            row.Nullable<DateTime?>("overdue_since"),
            row.Nullable<DateTime?>("due_at")), ct, ("account_ids", accountIds.ToArray()))).ToDictionary(standing => standing.AccountId);
}

/// <summary>The latest standing of an account. Amounts are in currency units.</summary>
/// <param name="BalanceTokens">The wallet's balance; null when it was never read.</param>
/// <param name="Available">Balance minus the amount owed plus the credit limit; null when the balance is unknown.</param>
/// <param name="Burn">The cost of its servers in the next hour.</param>
/// <param name="RunwayHours">Full hours until <paramref name="Available"/> is used up; null when unknown.</param>
/// <param name="DueAt">The instant when the policy may suspend it; null when it isn't overdue or the policy is off.</param>
public sealed record Standing(
    long AccountId, AccountState State, decimal? BalanceTokens, DateTime? BalanceReadAt, decimal? Available, decimal Burn, int? RunwayHours,
    RunwayKind Runway, DateTime? OverdueSince, DateTime? DueAt);

/// <summary>The state of an account between paying and suspension.</summary>
[JsonConverter(typeof(EnumTextConverter<AccountState>))]
public enum AccountState
{
    Ok,

    /// <summary>Below its credit limit, or a debit waits for money.</summary>
    Overdue,

    /// <summary>Its grace period is over.</summary>
    Due,

    /// <summary>This app has suspended servers of it.</summary>
    Suspended,
}

/// <summary>Whether the runway of an account is known.</summary>
public enum RunwayKind
{
    Known,

    /// <summary>Its servers cost nothing, or it has none.</summary>
    Endless,

    /// <summary>Its balance is unknown.</summary>
    Unknown,
}
