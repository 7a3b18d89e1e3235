using Npgsql;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Demo;

/// <summary>Bills like the panel's own engine: each hour of a server has a row, a transaction, and the hourly rate rounded to whole
/// tokens.</summary>
internal static class PanelEngine
{
    private const string BillSql = """
        with hours as (
            select b.id, b.user_id, b.server_id, b.hourly_rate, h as begins, nextval('public.transactions_id_seq') as transaction_id
            from public.virtfusion_hourly_billing b, generate_series(@from_at::timestamp, @until_at::timestamp - interval '1 hour',
                interval '1 hour') as h
        ), transferred as (
            insert into public.transactions (id, user_id, amount, type, description, status, payment_method, created_at)
            select transaction_id, user_id, -hourly_rate::real, 'server_hourly_billing', 'Hourly server billing', 'completed',
                'virtfusion_tokens', begins from hours
        ), billed as (
            insert into public.virtfusion_hourly_transactions
                (billing_id, user_id, server_id, transaction_id, hours_billed, amount_charged, billing_period_start, billing_period_end,
                status, created_at)
            select id, user_id, server_id, transaction_id, 1.0, round(hourly_rate, 4), begins, begins + interval '1 hour', 'completed',
                begins from hours
        )
        update public.virtfusion_hourly_billing set last_billed_at = @until_at
        """;

    public static decimal TokensAnHour(decimal monthlyPrice) =>
        decimal.Floor(decimal.Round(monthlyPrice / 730, 6, MidpointRounding.AwayFromZero) * 100 + 0.5m);

    /// <summary>Bills the hours of a span for every server.</summary>
    public static async Task BillAsync(
        NpgsqlDataSource database, VirtFusionSimulator virtFusion, DateTimeOffset from, DateTimeOffset until, CancellationToken ct)
    {
        if (from == until)
            return;
        await DemoClock.ExecuteAsync(database, BillSql, ct, ("from_at", DateTime.SpecifyKind(from.UtcDateTime, DateTimeKind.Unspecified)),
            ("until_at", DateTime.SpecifyKind(until.UtcDateTime, DateTimeKind.Unspecified)));
        foreach (var (_, userId, price) in DemoHistoryFleet.Servers)
            virtFusion.ShiftWallet(userId, -TokensAnHour(price) * (decimal)(until - from).TotalHours);
    }
}
