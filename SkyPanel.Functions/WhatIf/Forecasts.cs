using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Forecasts the cost of a month, and the customers whose wallets will be empty in it.</summary>
public sealed class Forecasts(MonthEngine engine, IOptions<LedgerOptions> ledger, TimeProvider time)
{
    private const string NowSql = "select now(), now() >= @until as is_over";

    // A hold has one amount for all its hours.
    private const string HeldSql = """
        select coalesce(sum(hours), 0)::bigint as hours, coalesce(sum(cron_service.round6(amount * hours / of_hours)), 0) as amount
        from (select h.amount, h.hours as of_hours,
                     sum(extract(epoch from least(s.until_hour, @until) - greatest(s.from_hour, @month)) / 3600) as hours
              from cron_service.holds h join cron_service.hold_spans s on s.hold_id = h.id
              where h.state = 'open' and s.from_hour < @until and s.until_hour > @month group by h.id) as held
        """;

    // By the standings of the last update.
    private const string RunsDrySql = $"""
        select a.user_id, {CustomerName.Sql} as name, s.available, s.burn, s.runway_hours, s.dry_at as runs_dry_at
        from (select *, looked_at + runway_hours * interval '1 hour' as dry_at from cron_service.standings
              where runway = 'known' and runway_hours < 100000) as s
        join cron_service.accounts a on a.id = s.account_id left join public.users u on u.id = a.user_id
        where s.dry_at < @until order by s.dry_at, a.user_id limit @most
        """;

    /// <summary>Computes a forecast in the caller's transaction, which must be rolled back.</summary>
    /// <param name="text">Like <c>2026-03</c>; null for the current month.</param>
    /// <param name="most">The maximum number of customers, and of servers.</param>
    public async Task<Forecast> ComputeAsync(NpgsqlConnection connection, string? text, int most, CancellationToken ct)
    {
        var beganAt = time.GetTimestamp();
        var month = await ObservedMonths.ReadAsync(connection, text, ct);
        await MonthEngine.BeginAsync(connection, month, ct);
        await MonthInputs.FillAsync(connection, month, Change.None, goesOn: false, ct);
        await engine.ComputeAsync(connection, month, Change.None, await Bounds.HeldAccountsAsync(connection, ct), isChanged: false, ct);
        await MonthInputs.FillAsync(connection, month, Change.None, goesOn: true, ct);
        await engine.ComputeAsync(connection, month, Change.None, [], isChanged: true, ct);

        var (computedAt, isOver) = (await connection.QueryAsync(NowSql, row => (row.Get<DateTime>("now"), row.Get<bool>("is_over")), ct,
            ("until", month.End)))[0];
        var (heldHours, heldAmount) = (await connection.QueryLongAsync(HeldSql,
            row => (row.Get<long>("hours"), row.Get<decimal>("amount")), ct, ("month", month.Begin), ("until", month.End)))[0];
        var total = await Comparison.TotalAsync(connection, ct);
        var customers = await Comparison.RowsAsync(connection, perServer: false, byDifference: false, most, ct);
        var servers = await Comparison.RowsAsync(connection, perServer: true, byDifference: false, most, ct);
        var packages = await Comparison.PackagesAsync(connection, most, ct);
        var runsDry = isOver ? [] : await connection.QueryLongAsync<RunsDry>(RunsDrySql, ct, ("until", month.End), ("most", most));
        var tokens = ledger.Value.TokensPerCurrencyUnit;
        return new(month.Text, total.Base, total.Changed, total.Base * tokens, total.Changed * tokens, isOver ? total.Charged : null,
            heldHours, heldAmount, total.Servers, computedAt,
            (long)time.GetElapsedTime(beganAt).TotalMilliseconds,
            customers.ConvertAll(row => new ForecastCustomer(row.UserId, row.Name, row.Servers, row.Base, row.Changed, row.Changed * tokens,
                isOver ? row.Charged : null)),
            servers.ConvertAll(row => new ForecastServer(row.ServerId, row.UserId, row.Base, row.Changed, isOver ? row.Charged : null)),
            packages, runsDry);
    }
}
