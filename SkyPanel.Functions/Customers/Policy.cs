namespace SkyPanel.Functions.Customers;

/// <summary>The policy for warning and suspending customers.</summary>
public sealed record Policy(NoticePolicy Notices, SuspensionPolicy Suspension)
{
    private const string ReadSql = """
        select notices_enabled, notice_threshold_hours, suspension_enabled, suspension_dry_run, grace_hours, credit_limit, max_per_run,
            max_percent_per_run
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
        (await database.QueryAsync(ReadSql, Of, ct))[0];

    /// <summary>Reads the policy and locks it until the caller's transaction ends.</summary>
    public static async Task<Policy> LockAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await connection.QueryAsync($"{ReadSql} for update", Of, ct))[0];

    /// <summary>Stores the policy in the caller's transaction. The next heartbeat updates the standings of all accounts.</summary>
    public Task WriteAsync(NpgsqlConnection connection, CancellationToken ct) => connection.ExecuteAsync(WriteSql, ct,
        ("notices", Notices.Enabled), ("thresholds", Notices.ThresholdHours), ("suspension", Suspension.Enabled),
        ("dry_run", Suspension.DryRun), ("grace_hours", Suspension.GraceHours), ("credit_limit", Suspension.CreditLimit),
        ("max_per_run", Suspension.MaxPerRun), ("max_percent", Suspension.MaxPercentPerRun));

    private static Policy Of(NpgsqlDataReader row) => new(
        new(row.Get<bool>("notices_enabled"), row.Get<int[]>("notice_threshold_hours")),
        new(row.Get<bool>("suspension_enabled"), row.Get<bool>("suspension_dry_run"), row.Get<int>("grace_hours"),
            row.Get<decimal>("credit_limit"), row.Get<int>("max_per_run"), row.Get<int>("max_percent_per_run")));
}

/// <summary>The policy for notices.</summary>
/// <param name="ThresholdHours">Hours of runway, from the longest to the shortest.</param>
public sealed record NoticePolicy(bool Enabled, IReadOnlyList<int> ThresholdHours);

/// <summary>The policy for suspensions.</summary>
/// <param name="DryRun">True: due accounts are listed, and none is suspended.</param>
/// <param name="GraceHours">Hours from the first reading of a wallet that shows less than zero available.</param>
/// <param name="CreditLimit">Currency units that an account without its own limit may be below zero.</param>
/// <param name="MaxPerRun">Accounts that one run may suspend without a person's approval.</param>
/// <param name="MaxPercentPerRun">The same as a percentage of all accounts; the larger bound applies.</param>
public sealed record SuspensionPolicy(bool Enabled, bool DryRun, int GraceHours, decimal CreditLimit, int MaxPerRun, int MaxPercentPerRun);
