namespace SkyPanel.Functions.Customers;

/// <summary>The stored policy for warning and suspending customers.</summary>
/// <param name="ThresholdHours">From the longest to the shortest.</param>
/// <param name="CreditLimit">Currency units that an account without its own limit may be below zero.</param>
/// <param name="MaxPerRun">Accounts that one run may suspend without a person's approval, unless the percentage of all accounts is
/// larger.</param>
public sealed record Policy(
    bool NoticesEnabled, int[] ThresholdHours, bool SuspensionEnabled, bool IsDryRun, int GraceHours, decimal CreditLimit, int MaxPerRun,
        int MaxPercentPerRun)
{
    private const string ReadSql = """
        select notices_enabled, notice_threshold_hours as threshold_hours, suspension_enabled, suspension_dry_run as is_dry_run,
               grace_hours, credit_limit, max_per_run, max_percent_per_run
        from cron_service.customer_policy
        """;

    private const string WriteSql = """
        update cron_service.customer_policy set notices_enabled = @notices, notice_threshold_hours = @thresholds,
            suspension_enabled = @suspension,
            suspension_dry_run = @dry_run, grace_hours = @grace_hours, credit_limit = @credit_limit, max_per_run = @max_per_run,
            max_percent_per_run = @max_percent, observation_id = null,
            live_since = case when @suspension and not @dry_run then
                case when suspension_enabled and not suspension_dry_run then live_since else now() end end
        """;

    public static async Task<Policy> ReadAsync(NpgsqlDataSource database, CancellationToken ct) =>
        (await database.QueryAsync<Policy>(ReadSql, ct))[0];

    /// <summary>Reads the policy and locks it until the caller's transaction ends.</summary>
    public static async Task<Policy> LockAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await connection.QueryAsync<Policy>($"{ReadSql} for update", ct))[0];

    /// <summary>Stores the policy in the caller's transaction. The next heartbeat updates the standings of all accounts.</summary>
    public Task WriteAsync(NpgsqlConnection connection, CancellationToken ct) => connection.ExecuteAsync(WriteSql, ct,
        ("notices", NoticesEnabled), ("thresholds", ThresholdHours), ("suspension", SuspensionEnabled), ("dry_run", IsDryRun),
        ("grace_hours", GraceHours), ("credit_limit", CreditLimit), ("max_per_run", MaxPerRun), ("max_percent", MaxPercentPerRun));
}
