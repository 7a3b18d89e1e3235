using Npgsql;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.WhatIf;

namespace SkyPanel.Functions.Tests.WhatIf;

/// <summary>Asks a panel what if, and reads what was charged.</summary>
internal static class WhatIfBench
{
    private const string ChargedSql = """
        select server_id, user_id, sum(amount)
        from (select server_id, account_id, amount from cron_service.charges where date_trunc('month', hour_start, 'UTC') = @month
              union all
              select server_id, account_id, case kind when 'supplement' then amount else -amount end from cron_service.adjustments
                  where month = @month) as lines
        join cron_service.accounts a on a.id = account_id
        group by server_id, user_id order by server_id, user_id
        """;

    /// <returns>Null when another one is being computed.</returns>
    public static Task<Simulation?> SimulateAsync(this TestPanel panel, string month, Change? change = null)
    {
        var ct = TestContext.Current.CancellationToken;
        return panel.Services.Get<ScratchTransaction>().TryAsync(
            connection => panel.Services.Get<Simulations>().ComputeAsync(connection, month, change ?? Change.None, Comparison.MaxRows, ct),
                ct);
    }

    /// <returns>Null when another one is being computed.</returns>
    public static Task<Forecast?> ForecastAsync(this TestPanel panel, string month)
    {
        var ct = TestContext.Current.CancellationToken;
        return panel.Services.Get<ScratchTransaction>().TryAsync(connection => panel.Services.Get<Forecasts>()
            .ComputeAsync(connection, month, Comparison.MaxRows, ct), ct);
    }

    public static async Task<Shadow> ShadowAsync(this TestPanel panel, DateTimeOffset? from, DateTimeOffset? to)
    {
        var ct = TestContext.Current.CancellationToken;
        return (await panel.Services.Get<ScratchTransaction>().TryAsync(connection => panel.Services.Get<Shadows>()
            .ComputeAsync(connection, from, to, Comparison.MaxRows, ct), ct))!;
    }

    /// <returns>Null when the panel has no table of billed hours.</returns>
    public static Task<Repair?> RepairAsync(this TestPanel panel, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        var ct = TestContext.Current.CancellationToken;
        return panel.InScratchAsync(connection => panel.Services.Get<Repairs>()
            .ComputeAsync(connection, from, to, Comparison.MaxRows, ct));
    }

    /// <summary>What moved wallets in the last 30 days.</summary>
    public static Task<Drift?> DriftAsync(this TestPanel panel, int? userId = null) => panel.Services.Get<Drifts>().FindAsync(
        null, TimeProvider.System.GetUtcNow().AddMinutes(1), userId, Comparison.MaxRows, TestContext.Current.CancellationToken);

    /// <summary>Asks a question whose answer may be null.</summary>
    private static async Task<T?> InScratchAsync<T>(this TestPanel panel, Func<NpgsqlConnection, Task<T?>> ask) where T : class =>
        (await panel.Services.Get<ScratchTransaction>().TryAsync<T?[]>(async connection => [await ask(connection)],
            TestContext.Current.CancellationToken))!.Single();

    /// <returns>What each payer was charged for each server in a month, corrections included.</returns>
    public static Task<List<(int Server, int User, decimal Amount)>> ChargedInAsync(this TestPanel panel, DateTimeOffset month) =>
        panel.Database.Source.QueryAsync(ChargedSql, row => (row.GetInt32(0), row.GetInt32(1), row.GetDecimal(2)),
            TestContext.Current.CancellationToken, ("month", month.UtcDateTime));

    /// <summary>Corrects charged hours.</summary>
    public static Task CorrectAsync(this TestPanel panel, Correction correction) => panel.Database.InOneAsync(transaction =>
        panel.Services.Get<Corrections>().CorrectAsync(transaction.Connection!, correction, TestContext.Current.CancellationToken));
}
