namespace SkyPanel.Functions.Billing;

/// <summary>Counts enrolments, holds and debits for the status.</summary>
public sealed class BillingStatus(NpgsqlDataSource database, IOptions<BillingOptions> options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan CacheDuration = TimeSpan.FromMinutes(1);

    // Recorded enrolments only change with a reading of VirtFusion; prices are the panel's.
    private const string InventoryVersionSql = """
        select hashtextextended(concat_ws('|', (select max(id) from cron_service.observations),
            (select string_agg(p.virtfusion_package_id || ' ' || p.price, ',' order by p.virtfusion_package_id, p.price)
            from public.package_pricing p)), 0)
        """;

    // For a panel without package_pricing.
    private const string PlainVersionSql = "select coalesce(max(id), 0) from cron_service.observations";

    private const string InventorySql = """
        select (select count(*) from cron_service.enrolments where enrolment_id is not null) as enrolments,
               (select count(*) from cron_service.enrolments where problem is not null and billing_enabled
               and enrolment_id is not null) as problems
        """;

    private const string DifferencesSql = """
        select count(*) from cron_service.enrolments e join public.package_pricing p on p.virtfusion_package_id = e.package_id
        where e.enrolment_id is not null and e.monthly_price <> p.price / 100.0
        """;

    // One state at a time, as no index has both pending and sending debits.
    private const string CountsSql = """
        select (select count(*) from cron_service.holds where state = 'open') as open_holds,
               (select count(*) from cron_service.debits where state = 'pending')
               + (select count(*) from cron_service.debits where state = 'sending') as pending_debits,
               (select count(*) from cron_service.debits where state = 'in_doubt') as debits_in_doubt,
               (select count(*) from cron_service.debits where state = 'held') as held_debits,
               (select count(*) from cron_service.top_ups where state = 'held') as held_top_ups,
               (select coalesce(sum(cardinality(account_ids)), 0)
                from cron_service.suspension_holds where state = 'open') as held_suspensions,
               (select max(observed_at) from cron_service.observations where is_complete) as last_complete_reading
        """;

    private const string DeadEngineSql = """
        select relname::text from pg_class
        where relnamespace = to_regnamespace('public') and relkind = 'r'
          and relname in ('server_uptime_logs', 'server_package_hourly_rates')
        order by relname
        """;

    private readonly Cached<(long Enrolments, long Problems, long PriceDifferences)> _inventory = new(CacheDuration, async ct =>
    {
        var (enrolments, problems) = (await database.QueryAsync(InventorySql,
            row => (row.Get<long>("enrolments"), row.Get<long>("problems")), ct))[0];
        return (enrolments, problems, (await Attempt.QueryAsync<long>(database, DifferencesSql, ct))?[0] ?? 0);
    }, time);

    public async Task<BillingStats> ReadAsync(CancellationToken ct)
    {
        var version = await Attempt.QueryAsync<long>(database, InventoryVersionSql, ct)
            ?? await database.QueryAsync<long>(PlainVersionSql, ct);
        var inventory = await _inventory.GetAsync(ct, version[0]);
        var ignored = new List<string>();
        foreach (var table in await database.QueryAsync<string>(DeadEngineSql, ct))
        {
            if (await Attempt.QueryAsync<bool>(database, $"select true from public.{table} limit 1", ct) is { Count: > 0 })
                ignored.Add(table);
        }
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        var standing = await Interlock.StandingAsync(connection, ct);
        return (await connection.QueryAsync(CountsSql, row => new BillingStats(
            inventory.Enrolments, inventory.Problems, row.Get<long>("open_holds"), row.Get<long>("pending_debits"),
            row.Get<long>("debits_in_doubt"), row.Get<long>("held_debits"), row.Get<long>("held_top_ups"),
            row.Get<long>("held_suspensions"), inventory.PriceDifferences,
            row.Nullable<DateTime?>("last_complete_reading"), options.Value.IsInterlockOn ? "on" : "off", standing, ignored), ct))[0];
    }

    public void Dispose() => _inventory.Dispose();
}

/// <summary>The figures of the billing.</summary>
/// <param name="EnrolmentsWithProblems">Enabled enrolments that can't be billed.</param>
/// <param name="PendingDebits">Debits that are not sent yet, or are being sent.</param>
/// <param name="HeldSuspensions">Customers whose suspension waits for a person's decision.</param>
/// <param name="PricesUnlikePackagePricing">Enrolments whose monthly price differs from that of their package.</param>
/// <param name="LastCompleteReading">When VirtFusion's whole list was last read.</param>
/// <param name="Interlock"><c>on</c> or <c>off</c>: whether a sign that the panel bills too stops this app.</param>
/// <param name="InterlockReason">The first sign that was seen; null without one.</param>
/// <param name="IgnoredTablesWithRows">Tables of an engine of the panel that never worked; they are not read.</param>
public sealed record BillingStats(
    long Enrolments, long EnrolmentsWithProblems, long OpenHolds, long PendingDebits, long DebitsInDoubt, long HeldDebits, long HeldTopUps,
    long HeldSuspensions,
    long PricesUnlikePackagePricing,
    DateTime? LastCompleteReading, [property: AllowedValues("on", "off")] string Interlock, string? InterlockReason,
        IReadOnlyList<string> IgnoredTablesWithRows);
