using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Billing;

/// <summary>Reads charges with their terms and evidence.</summary>
public sealed class ChargeQueries(NpgsqlDataSource database)
{
    private const string ServerSql = """
        select c.hour_start as hour, c.amount, c.seconds_billed, round(c.seconds_counted, 6) as seconds_counted, c.run_id, a.user_id,
            t.price, t.price_seconds / 3600 as basis_hours, t.is_monthly as is_monthly_price,
               (select string_agg(distinct s.evidence, ', ') from cron_service.uptime s
                where s.server_id = c.server_id and s.is_billable and s.seen_until > c.hour_start
                    and s.started_at < c.hour_start + interval '1 hour') as evidence
        from cron_service.charges c
        join cron_service.accounts a on a.id = c.account_id
        join cron_service.terms t on t.id = c.terms_id
        where c.server_id = @server_id and c.hour_start >= @month and c.hour_start < @month + interval '1 month'
        order by c.hour_start
        """;

    private const string CorrectionsSql = """
        select coalesce(sum(case kind when 'supplement' then amount else -amount end), 0) from cron_service.adjustments
        where server_id = @server_id and month = @month
        """;

    private const string SpellsSql = $"""
        select {Spell.Columns} from cron_service.uptime u
        where server_id = @server_id and seen_until >= @month and u.started_at < @month + interval '1 month'
        order by u.started_at
        """;

    private const string IsKnownSql = "select exists (select from cron_service.enrolments where server_id = @server_id)";

    /// <exception cref="NotFoundException">The server was never enrolled.</exception>
    public async Task RequireServerAsync(int serverId, CancellationToken ct)
    {
        if (!await database.ScalarAsync<bool>(IsKnownSql, ct, ("server_id", serverId)))
            throw new NotFoundException($"Server {serverId} was never enrolled.");
    }

    public Task<List<ChargeLine>> OfServerAsync(int serverId, DateTime month, CancellationToken ct) =>
        database.QueryAsync<ChargeLine>(ServerSql, ct, ("server_id", serverId), ("month", month));

    /// <returns>Supplements minus credit notes for the hours of a month.</returns>
    public Task<decimal> CorrectionsAsync(int serverId, DateTime month, CancellationToken ct) =>
        database.ScalarAsync<decimal>(CorrectionsSql, ct, ("server_id", serverId), ("month", month));

    public Task<List<Spell>> SpellsAsync(int serverId, DateTime month, CancellationToken ct) =>
        database.QueryAsync<Spell>(SpellsSql, ct, ("server_id", serverId), ("month", month));
}

/// <summary>The charge of one hour of a server.</summary>
/// <param name="SecondsCounted">The seconds to be paid under the monthly cap.</param>
/// <param name="Price">Currency units for <paramref name="BasisHours"/> hours.</param>
/// <param name="Evidence">The evidence of the uptime in this hour.</param>
public sealed record ChargeLine(
    DateTime Hour, decimal Amount, int SecondsBilled, decimal SecondsCounted, long RunId, int UserId, decimal Price, int BasisHours,
        bool IsMonthlyPrice, string? Evidence);

/// <summary>A time in which a server was seen in one state, from the first to the last observation that agreed.</summary>
/// <param name="StartedAt">Null before the first observation of a server whose creation is unknown.</param>
public sealed record Spell(
    DateTime? StartedAt, DateTime SeenUntil, bool IsBillable, bool IsExisting, bool IsSuspended, bool IsBuilt, bool BillingEnabled,
        string Evidence)
{
    /// <summary>The columns of a spell in a query of <c>cron_service.uptime u</c>.</summary>
    internal const string Columns = """
        nullif(u.started_at, '-infinity') as started_at, seen_until, is_billable, is_existing, is_suspended, is_built, billing_enabled,
            evidence
        """;
}
