namespace SkyPanel.Functions.Tests.WhatIf;

/// <summary>The panel's own hourly billing as it is: for each hour a row, a transaction, and whole tokens of the hourly rate,
/// rounded.</summary>
internal static class PanelEngine
{
    private const string BillSql = """
        with hours as (
            select b.id, b.user_id, b.server_id, b.hourly_rate, @from_at + n * interval '1 hour' as begins,
                nextval('public.transactions_id_seq') as transaction_id
            from public.virtfusion_hourly_billing b, generate_series(0, @hours - 1) as n where b.virtfusion_server_id = @server_id
        ), transferred as (
            insert into public.transactions (id, user_id, amount, type, description, status, payment_method, created_at)
            select transaction_id, user_id, -hourly_rate::real, 'server_hourly_billing', 'Hourly server billing', @status,
                'virtfusion_tokens', begins from hours
        ), billed as (
            insert into public.virtfusion_hourly_transactions
                (billing_id, user_id, server_id, transaction_id, hours_billed, amount_charged, billing_period_start, billing_period_end,
                status, created_at)
            select id, user_id, server_id, transaction_id, 1.0, round(hourly_rate, 4), begins, begins + interval '1 hour', @status, begins
                from hours
        )
        update public.virtfusion_hourly_billing set last_billed_at = greatest(last_billed_at, @from_at + @hours * interval '1 hour')
        where virtfusion_server_id = @server_id and @status = 'completed'
        """;

    /// <summary>The tokens that an hour takes: <c>Math.round(rate * 100)</c>, of the rate as the enrolment has it.</summary>
    public static int TokensAnHour(decimal monthlyPrice) => (int)decimal.Floor(RateOf(monthlyPrice) * 100 + 0.5m);

    /// <summary>The hourly rate that the panel stores with an enrolment.</summary>
    public static decimal RateOf(decimal monthlyPrice) => decimal.Round(monthlyPrice / 730, 6, MidpointRounding.AwayFromZero);

    /// <summary>An enrolled server whose hourly rate is that of the panel.</summary>
    public static Task AddServerAsync(TestPanel panel, int serverId, int userId, decimal monthlyPrice, DateTimeOffset billedFrom) =>
        panel.AddServerAsync(serverId, userId, monthlyPrice, billedFrom, hourlyRate: RateOf(monthlyPrice));

    /// <summary>Bills hours of a server, each in advance.</summary>
    /// <param name="status">What becomes of the rows: <c>completed</c> or <c>failed</c>.</param>
    public static Task BillAsync(TestPanel panel, int serverId, DateTimeOffset from, int hours, string status = "completed") =>
        panel.Database.ExecuteAsync(BillSql, ("server_id", serverId), ("hours", hours), ("status", status),
            ("from_at", DateTime.SpecifyKind(from.UtcDateTime, DateTimeKind.Unspecified)));
}
