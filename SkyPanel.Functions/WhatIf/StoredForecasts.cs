using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Computes forecasts and stores the latest of each month: a page shows one however large the fleet is.</summary>
public sealed class StoredForecasts(
    NpgsqlDataSource database, Forecasts forecasts, ScratchTransaction scratch, AsyncMutex<StoredForecasts> mutex)
{
    private const string ReadSql = """
        select forecast::text from cron_service.forecasts
        where month = coalesce(@month::text, to_char(now() at time zone 'UTC', 'YYYY-MM')) and computed_at >= @since
        """;

    private const string StoreSql = """
        insert into cron_service.forecasts (month, computed_at, forecast) values (@month, @computed_at, @forecast::json)
        on conflict (month) do update set computed_at = excluded.computed_at, forecast = excluded.forecast
            where forecasts.computed_at <= excluded.computed_at
        """;

    private const string IsOutdatedSql = """
        select not exists (
            select from cron_service.forecasts
            where month = to_char(now() at time zone 'UTC', 'YYYY-MM') and computed_at >= coalesce((
                select finished_at from cron_service.runs where job = @job and finished_at is not null
                order by started_at desc, id desc limit 1), '-infinity'))
        """;

    // The clock decided their month and hours, too: the next heartbeat computes that of the current month again.
    private const string AheadSql = "delete from cron_service.forecasts where computed_at > now() + interval '1 minute'";

    /// <summary>Forgets the forecasts of a clock that was ahead, which would outlast later ones.</summary>
    internal static readonly ClockRepair ClockRepair = new("forecasts", AheadSql);

    /// <summary>Reads the latest forecast of a month; null when there is none yet.</summary>
    /// <param name="month">Like <c>2026-03</c>; null for the current month.</param>
    public Task<Forecast?> FindAsync(string? month, CancellationToken ct) => FindAsync(month, DateTimeOffset.UnixEpoch, ct);

    /// <summary>Computes a forecast and stores it. Callers that wait meanwhile share it.</summary>
    /// <param name="month">Like <c>2026-03</c>; null for the current month.</param>
    /// <returns>Null when another question about costs is being answered in this process.</returns>
    /// <exception cref="BadInputException">The month can't be asked about.</exception>
    public async Task<Forecast?> ComputeAsync(string? month, CancellationToken ct)
    {
        var askedAt = await DatabaseClock.NowAsync(database, ct);
        return await mutex.RunAsync(async () =>
        {
            if (await FindAsync(month, askedAt, ct) is { } computedMeanwhile)
                return computedMeanwhile;
            var forecast = await scratch.TryAsync(
                connection => forecasts.ComputeAsync(connection, month, Comparison.MaxRows, ct), ct);
            if (forecast is not null)
                await database.ExecuteAsync(StoreSql, ct, ("month", forecast.Month), ("computed_at", forecast.ComputedAt),
                    ("forecast", JsonSerializer.Serialize(forecast, ApiJson.Options)));
            return forecast;
        }, ct);
    }

    /// <summary>Computes that of the current month if a billing run has ended since the latest one.</summary>
    public async Task FollowRunsAsync(CancellationToken ct)
    {
        if (await database.ScalarAsync<bool>(IsOutdatedSql, ct, ("job", BillingSettings.Job)))
            await ComputeAsync(null, ct);
    }

    private async Task<Forecast?> FindAsync(string? month, DateTimeOffset since, CancellationToken ct) =>
        await database.FindAsync<string>(ReadSql, ct, ("month", month), ("since", since.UtcDateTime)) is { } json
            ? JsonSerializer.Deserialize<Forecast>(json, ApiJson.Options) : null;
}
