using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Billing;

/// <summary>Explains the charge of an hour of a server, from the observations to the taken tokens.</summary>
public sealed class Explain(NpgsqlDataSource database)
{
    // Charges of earlier runs count as corrected by that time.
    private const string ChargeSql = """
        select c.hour_start, c.amount, c.seconds_billed, round(c.seconds_counted, 6) as seconds_counted, a.user_id, t.price,
            t.price_seconds / 3600 as basis_hours, t.is_monthly, t.effective_from,
               c.run_id, r.started_at, r.trigger, tr.id as transfer_id, tr.amount as transfer_amount,
               d.id as debit_id, d.tokens, d.state, d.credit_id, d.settled_at,
               round(p.counted + b.counted, 6) as counted_before
        from cron_service.charges c
        join cron_service.accounts a on a.id = c.account_id
        join cron_service.terms t on t.id = c.terms_id
        left join cron_service.runs r on r.id = c.run_id
        left join lateral (select min(id) as id, sum(amount) as amount, min(created_at) as created_at from cron_service.transfers
                           where kind = 'charge' and run_id = c.run_id and from_account_id = c.account_id) tr on true
        left join lateral (select * from cron_service.debits d
            where d.account_id = c.account_id and d.kind = 'debit' and d.created_at >= tr.created_at
                           and d.state <> 'voided' order by d.id limit 1) d on true
        cross join lateral (select coalesce(sum(p.seconds_counted), 0) as counted
            from cron_service.month_cost(c.server_id, date_trunc('month', c.hour_start, 'UTC'), c.run_id,
                coalesce(tr.created_at, r.started_at)) p
            where p.terms_id = c.terms_id and not p.is_rerated) p
        cross join lateral (select coalesce(sum(b.seconds_counted), 0) as counted from cron_service.charges b
            where b.server_id = c.server_id and b.terms_id = c.terms_id and b.run_id = c.run_id and b.hour_start < c.hour_start
              and b.hour_start >= date_trunc('month', c.hour_start, 'UTC')) b
        where c.server_id = @server_id and c.hour_start = @hour
        """;

    private const string SpellsSql = $"""
        select {Spell.Columns} from cron_service.uptime u
        where server_id = @server_id and seen_until >= @hour and u.started_at <= @hour + interval '1 hour' order by u.started_at
        """;

    private const string AdjustmentsSql = """
        select a.id, a.kind, h.seconds, h.price_micros * 0.000001 as price, a.reason, a.author, a.created_at, a.transfer_id
        from cron_service.corrected_hours h
        join cron_service.charges c using (server_id, hour_start)
        join cron_service.adjustments a on a.correction_id = h.correction_id and a.account_id = c.account_id
            and a.month = date_trunc('month', h.hour_start, 'UTC')
        where h.server_id = @server_id and h.hour_start = @hour order by a.id
        """;

    private const string HoldsSql = """
        select h.id, h.state, h.reason, h.decided_by, h.decision_reason
        from cron_service.hold_spans s join cron_service.holds h on h.id = s.hold_id
        where s.server_id = @server_id and s.from_hour <= @hour and s.until_hour > @hour order by h.id
        """;

    /// <summary>Explains an hour, also one that was not charged.</summary>
    /// <returns>Null when nothing is known of the server in that hour.</returns>
    public async Task<HourExplanation?> HourAsync(int serverId, DateTimeOffset hour, CancellationToken ct)
    {
        (string, object?)[] parameters = [("server_id", serverId), ("hour", hour.UtcDateTime)];
        var spells = await database.QueryAsync<Spell>(SpellsSql, ct, parameters);
        var charge = await database.FindAsync(ChargeSql, Charge, ct, parameters);
        var holds = await database.QueryAsync<HourHold>(HoldsSql, ct, parameters);
        var adjustments = await database.QueryAsync<HourAdjustment>(AdjustmentsSql, ct, parameters);
        return charge is null && spells.Count == 0 && holds.Count == 0 ? null
            : new(serverId, hour.UtcDateTime, charge is not null, charge, spells, holds, adjustments);
    }

    private static ExplainedCharge Charge(NpgsqlDataReader row)
    {
        var (price, basis, counted, before) = (row.Get<decimal>("price"), row.Get<int>("basis_hours"), row.Get<decimal>("seconds_counted"),
            row.Get<decimal>("counted_before"));
        return new(
            row.Get<decimal>("amount"), row.Get<int>("user_id"), price, basis, row.Get<bool>("is_monthly"),
            row.Get<DateTime>("effective_from") is var since && since == DateTime.MinValue ? null : since,
            row.Get<int>("seconds_billed"), counted, row.Get<int>("seconds_billed") - counted, before,
            string.Create(CultureInfo.InvariantCulture,
                $"round6({price} x {before + counted:0.######} / {basis * 3600}) - round6({price} x " +
                $"{before:0.######} / {basis * 3600})"),
            new(row.Get<long>("run_id"), row.Nullable<DateTime?>("started_at"), row.Nullable<RunTrigger?>("trigger")),
            new(row.Nullable<long?>("transfer_id"), row.Nullable<decimal?>("transfer_amount")), row.Nullable<long?>("debit_id") is { } id
                ? new(id, row.Get<long>("tokens"), row.Get<DebitState>("state"), row.Nullable<string>("credit_id"),
                    row.Nullable<DateTime?>("settled_at")) : null);
    }
}
