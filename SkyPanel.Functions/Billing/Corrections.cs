using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Billing;

/// <summary>Corrects charged hours by other seconds or another price, or undoes corrections. Charges are never edited:
/// <see cref="MonthCosts"/> posts the differences.</summary>
public sealed class Corrections(NpgsqlDataSource database, Debits debits)
{
    // Seconds or a price that are not given stay as after the earlier corrections.
    private const string CorrectSql = """
        with hours as (
            select c.hour_start, date_trunc('month', c.hour_start, 'UTC') as month, c.account_id,
                   case when @restores then c.seconds_billed else coalesce(@seconds::integer, h.seconds, c.seconds_billed) end as seconds,
                   case when @restores then t.price_micros else coalesce(@price_micros::bigint, h.price_micros,
                       t.price_micros) end as price_micros
            from cron_service.charges c
            join (select id, (price * 1000000)::bigint as price_micros from cron_service.terms
                where server_id = @server_id) t on t.id = c.terms_id
            left join lateral (
                select * from cron_service.corrected_hours h where h.server_id = c.server_id and h.hour_start = c.hour_start
                order by h.correction_id desc limit 1) h on true
            where c.server_id = @server_id and c.hour_start >= @from_hour and c.hour_start < @until_hour
        ), made as (
            insert into cron_service.corrections (server_id, from_hour, until_hour, seconds, price_micros, restores, reason, author)
            select @server_id, @from_hour, @until_hour, @seconds::integer, @price_micros::bigint, @restores, @reason, @author
            where exists (select from hours) returning id
        ), corrected as (
            insert into cron_service.corrected_hours (server_id, hour_start, correction_id, seconds, price_micros)
            select @server_id, h.hour_start, m.id, h.seconds, h.price_micros from hours h, made m
        )
        select m.id, @server_id::integer as server_id, h.month, h.account_id, min(h.hour_start) as from_hour,
               max(h.hour_start) + interval '1 hour' as until_hour
        from hours h, made m
        group by m.id, h.month, h.account_id
        """;

    // A correction concerns one server, but ChargeLocks plans for large sets.
    private const string OneServerSql = "set local enable_nestloop = on";

    private const string ListSql = """
        select a.id, c.user_id, a.month, a.from_hour, a.until_hour, a.kind, a.amount, a.transfer_id
        from cron_service.adjustments a join cron_service.accounts c on c.id = a.account_id where a.server_id = @server_id order by a.id
        """;

    /// <summary>Corrects the charged hours of a server within a span, in the caller's transaction.</summary>
    /// <returns>The adjustments, one per account and month; empty when no hour of the span was charged.</returns>
    public async Task<List<Adjustment>> CorrectAsync(NpgsqlConnection connection, Correction correction, CancellationToken ct)
    {
        await ChargeLocks.TakeAsync(connection, ct);
        await connection.ExecuteAsync(OneServerSql, ct);
        var spans = await connection.QueryAsync<Corrected>(CorrectSql, ct, correction.Parameters);
        if (spans.Count == 0)
            return [];
        var adjustments = await MonthCosts.AdjustCorrectedAsync(connection, spans.ConvertAll(span => span.Span), spans[0].Id, correction,
            ct);
        // A supplement may make a whole token due.
        await debits.OpenAsync(connection, null, ct);
        return adjustments;
    }

    public Task<List<Adjustment>> OfServerAsync(int serverId, CancellationToken ct) =>
        database.QueryAsync<Adjustment>(ListSql, ct, ("server_id", serverId));

    private sealed record Corrected(long Id, MonthCosts.Span Span);
}

/// <summary>A correction of the hours from a full hour to another, exclusive.</summary>
/// <param name="Seconds">The seconds to charge of each hour, 0 to 3600; null for no change.</param>
/// <param name="Price">The price of each hour, in currency units for the basis that it was charged on; null for no change.</param>
/// <param name="Restores">Whether earlier corrections are undone, without seconds and a price.</param>
public sealed record Correction(
    int ServerId, DateTimeOffset FromHour, DateTimeOffset UntilHour, int? Seconds, decimal? Price, string Reason, string Author,
        bool Restores = false)
{
    internal (string, object?)[] Parameters =>
    [
        ("server_id", ServerId), ("from_hour", FromHour.UtcDateTime), ("until_hour", UntilHour.UtcDateTime), ("seconds", Seconds),
        ("price_micros", Price is { } price ? (long)(price * 1_000_000m) : null), ("restores", Restores), ("reason", Reason),
            ("author", Author),
    ];
}

/// <summary>An adjustment of a customer's charges of one month.</summary>
/// <param name="Id">Null when it was only computed.</param>
/// <param name="Kind"><c>credit_note</c>, <c>supplement</c>, or <c>none</c> without a difference.</param>
public sealed record Adjustment(
    long? Id, int UserId, DateTime Month, DateTime FromHour, DateTime UntilHour,
    CorrectionKind Kind, decimal Amount, long? TransferId);
