using System.ComponentModel.DataAnnotations;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Billing;

/// <summary>Credits hours, or rates them anew: the difference between what a month's hours cost as they stand and as they should have.
/// Charges are never edited; an adjustment refers to them.</summary>
public sealed class Corrections(NpgsqlDataSource database, Debits debits)
{
    // The cost of each affected month, twice: as it stands after earlier corrections, and as it is to be. In both the share of the month
    // goes on accumulating over the hours in their order and stops at 1, and each price's share is rounded once.
    private const string CorrectSql = """
        with hours as (
            select c.hour_start, date_trunc('month', c.hour_start, 'UTC') as month, c.account_id, t.id as terms_id, t.price_seconds, t.is_monthly,
                   coalesce(h.seconds, c.seconds_billed) as seconds, coalesce(h.price_micros, (t.price * 1000000)::bigint) as price_micros,
                   c.hour_start >= @from_hour and c.hour_start < @until_hour as is_corrected
            from cron_service.charges c
            join cron_service.terms t on t.id = c.terms_id
            left join lateral (select * from cron_service.corrected_hours h where h.server_id = c.server_id and h.hour_start = c.hour_start
                               order by h.adjustment_id desc limit 1) h on true
            where c.server_id = @server_id and c.hour_start >= date_trunc('month', @from_hour::timestamptz, 'UTC')
              and c.hour_start < date_trunc('month', @until_hour::timestamptz - interval '1 hour', 'UTC') + interval '1 month'
        ), versions as (
            select v.version, h.hour_start, h.month, h.account_id, h.terms_id, h.price_seconds, h.is_monthly and @monthly_cap as is_capped,
                   case when v.version = 'after' and is_corrected then coalesce(@seconds::integer, h.seconds) else h.seconds end as seconds,
                   case when v.version = 'after' and is_corrected then coalesce(@price_micros::bigint, h.price_micros) else h.price_micros end as price_micros
            from hours h cross join (values ('before'), ('after')) as v(version)
        ), used as (
            select *, sum(case when is_capped then seconds * 1.0000000000000000000000000000 / price_seconds else 0 end)
                      over (partition by version, month order by hour_start) as used_after,
                   case when is_capped then seconds * 1.0000000000000000000000000000 / price_seconds else 0 end as used
            from versions
        ), segments as (
            select version, month, account_id, cron_service.round6(price_micros * 0.000001 * sum(case when is_capped
                   then least(1, used_after) - least(1, used_after - used) else seconds * 1.0000000000000000000000000000 / price_seconds end)) as cost
            from used group by version, month, account_id, terms_id, price_micros
        ), differences as (
            select month, account_id, sum(case version when 'after' then cost else -cost end) as amount from segments group by month, account_id
        ), spans as (
            select month, account_id, min(hour_start) as from_hour, max(hour_start) + interval '1 hour' as until_hour
            from hours where is_corrected group by month, account_id
        ), lines as (
            select d.month, d.account_id, d.amount, coalesce(s.from_hour, @from_hour) as from_hour, coalesce(s.until_hour, @until_hour) as until_hour
            from differences d left join spans s using (month, account_id) where d.amount <> 0 or s.month is not null
        ), transferred as (
            insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, effective_at)
            select case when l.amount < 0 then 'credit_note' else 'supplement' end, case when l.amount < 0 then r.id else l.account_id end,
                   case when l.amount < 0 then l.account_id else r.id end, abs(l.amount), 'correction:' || @key || ':' || l.account_id || ':' || to_char(l.month, 'YYYY-MM'), l.from_hour
            from lines l, cron_service.accounts r where r.kind = 'revenue' and l.amount <> 0
            returning id, external_id
        ), adjusted as (
            insert into cron_service.adjustments (server_id, account_id, month, from_hour, until_hour, kind, amount, transfer_id, reason, author)
            select @server_id, l.account_id, l.month, l.from_hour, l.until_hour, case when l.amount < 0 then 'credit_note' when l.amount > 0 then 'supplement' else 'none' end,
                   abs(l.amount), t.id, @reason, @author
            from lines l left join transferred t on t.external_id = 'correction:' || @key || ':' || l.account_id || ':' || to_char(l.month, 'YYYY-MM')
            returning *
        ), corrected as (
            insert into cron_service.corrected_hours (server_id, hour_start, adjustment_id, seconds, price_micros)
            select @server_id, h.hour_start, a.id, coalesce(@seconds::integer, h.seconds), coalesce(@price_micros::bigint, h.price_micros)
            from hours h join adjusted a on a.month = h.month and a.account_id = h.account_id where h.is_corrected
        )
        select a.id, c.user_id, a.month, a.from_hour, a.until_hour, a.kind, a.amount, a.transfer_id from adjusted a join cron_service.accounts c on c.id = a.account_id order by a.id
        """;

    private const string ListSql = """
        select a.id, c.user_id, a.month, a.from_hour, a.until_hour, a.kind, a.amount, a.transfer_id
        from cron_service.adjustments a join cron_service.accounts c on c.id = a.account_id where a.server_id = @server_id order by a.id
        """;

    /// <summary>Corrects the charged hours of a server within a span, in the caller's transaction.</summary>
    /// <returns>The adjustments made, one an account and month; empty when no hour of the span was charged.</returns>
    public async Task<List<Adjustment>> CorrectAsync(NpgsqlConnection connection, Correction correction, bool monthlyCap, CancellationToken ct)
    {
        await ChargeLocks.TakeAsync(connection, ct);
        var adjustments = await connection.QueryAsync(CorrectSql, Read, ct, ("server_id", correction.ServerId),
            ("from_hour", correction.FromHour.UtcDateTime), ("until_hour", correction.UntilHour.UtcDateTime), ("seconds", correction.Seconds),
            ("price_micros", correction.Price is { } price ? (long)(price * 1_000_000m) : null), ("monthly_cap", monthlyCap),
            ("key", Guid.NewGuid().ToString("N")), ("reason", correction.Reason), ("author", correction.Author));
        // A supplement may make a whole token due.
        await debits.OpenAsync(connection, null, ct);
        return adjustments;
    }

    /// <summary>What it would come to; nothing stays of it.</summary>
    public async Task<List<Adjustment>> PreviewAsync(Correction correction, bool monthlyCap, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        return (await CorrectAsync(connection, correction, monthlyCap, ct)).ConvertAll(adjustment => adjustment with { Id = null, TransferId = null });
    }

    public Task<List<Adjustment>> OfServerAsync(int serverId, CancellationToken ct) => database.QueryAsync(ListSql, Read, ct, ("server_id", serverId));

    private static Adjustment Read(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetInt32(1), row.GetDateTime(2), row.GetDateTime(3), row.GetDateTime(4),
        row.GetString(5), row.GetDecimal(6), row.Nullable<long?>("transfer_id"));
}

/// <summary>What is asked for: hours from a full hour up to another, exclusive.</summary>
/// <param name="Seconds">What each hour counts as, 0 to 3600; 0 credits it. Null: as before.</param>
/// <param name="Price">The price that each hour should have had, in currency units for the basis that it was charged on. Null: as before.</param>
public sealed record Correction(int ServerId, DateTimeOffset FromHour, DateTimeOffset UntilHour, int? Seconds, decimal? Price, string Reason, string Author);

/// <summary>A line that adjusts a customer's charges of one month.</summary>
/// <param name="Id">Null when it was computed only.</param>
/// <param name="Kind"><c>credit_note</c>, <c>supplement</c>, or <c>none</c> when the month costs the same.</param>
public sealed record Adjustment(
    long? Id, int UserId, DateTime Month, DateTime FromHour, DateTime UntilHour,
    [property: AllowedValues("credit_note", "supplement", "none")] string Kind, decimal Amount, long? TransferId);
