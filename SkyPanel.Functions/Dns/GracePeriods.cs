namespace SkyPanel.Functions.Dns;

/// <summary>Records grace periods: they begin when a wallet was read with too few tokens, and last for <c>Dns:Grace</c>.</summary>
public sealed class GracePeriods(NpgsqlDataSource database, IOptions<DnsOptions> options)
{
    // A grace period belongs to a suspension or to a period that is still unpaid. Any other is outdated and begins again.
    private const string BeginSql = """
        insert into cron_service.dns_graces as g (subscription_id, insufficient_since) values (@id, @now)
        on conflict (subscription_id) do update
            set insufficient_since = case when g.suspended_at is null and g.insufficient_since >= @unpaid_since then g.insufficient_since
                else excluded.insufficient_since end,
                suspended_at = null
        returning insufficient_since
        """;

    /// <summary>Begins the grace period of an active subscription, unless it has begun.</summary>
    /// <param name="nextPayment">The start of its first unpaid period.</param>
    /// <returns>The end of the grace period.</returns>
    public async Task<DateTime> BeginAsync(DueSubscription subscription, DateTime nextPayment, Fence fence, DateTime now,
        CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        await fence.CheckAndLockAsync(connection, ct);
        var since = await connection.ScalarAsync<DateTime>(BeginSql, ct, ("id", subscription.Id), ("now", now),
            ("unpaid_since", nextPayment));
        await transaction.CommitAsync(CancellationToken.None);
        return since + options.Value.Grace;
    }
}
