using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>Reads the latest standing of an account.</summary>
internal static class StandingQueries
{
    private const string ReadSql = """
        select state, balance_tokens, balance_read_at, available, burn, runway_hours::integer as runway_hours, runway,
            overdue_since, cron_service.suspension_due_at(account_id, below_since) as due_at
        from cron_service.standings where account_id = @account_id
        """;

    public static async Task<StoredStanding> OfAsync(TestDatabase database, long accountId) =>
        (await database.Source.QueryAsync(ReadSql, row => new StoredStanding(EnumText.Parse<Standing>(row.Get<string>("state")),
            row.Nullable<decimal?>("balance_tokens"), row.Nullable<DateTime?>("balance_read_at"), row.Nullable<decimal?>("available"),
            row.Get<decimal>("burn"), row.Nullable<int?>("runway_hours"), EnumText.Parse<RunwayKind>(row.Get<string>("runway")),
            row.Nullable<DateTime?>("overdue_since"), row.Nullable<DateTime?>("due_at")), TestContext.Current.CancellationToken,
            ("account_id", accountId))).Single();
}

/// <summary>The latest standing of an account. Amounts are in currency units.</summary>
/// <param name="BalanceTokens">The wallet's balance; null when it was never read.</param>
/// <param name="Available">Balance minus the amount owed plus the credit limit; null when the balance is unknown.</param>
/// <param name="Burn">The cost of its servers in the next hour.</param>
/// <param name="RunwayHours">Full hours until <paramref name="Available"/> is used up; null when unknown.</param>
/// <param name="DueAt">The instant when the policy may suspend it; null when it isn't overdue or the policy is off.</param>
internal sealed record StoredStanding(
    Standing State, decimal? BalanceTokens, DateTime? BalanceReadAt, decimal? Available, decimal Burn, int? RunwayHours,
    RunwayKind Runway, DateTime? OverdueSince, DateTime? DueAt);

/// <summary>Whether the runway of an account is known.</summary>
internal enum RunwayKind
{
    Known,

    /// <summary>Its servers cost nothing, or it has none.</summary>
    Endless,

    /// <summary>Its balance is unknown.</summary>
    Unknown,
}
