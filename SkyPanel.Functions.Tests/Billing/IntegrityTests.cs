using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Wallet;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Billing;

/// <summary>Each law broken by hand, past the triggers and keys that keep it: the integrity check sees it.</summary>
public sealed class IntegrityTests
{
    private static readonly DateTimeOffset March = At("2026-03-01 00:00");

    [Theory]
    [InlineData("zero-sum", "update cron_service.transfers set to_account_id = 999999 where kind = 'charge'")]
    [InlineData("owed", "update cron_service.accounts set owed_amount = owed_amount + 0.000001 where kind = 'customer'")]
    [InlineData("directions", "update cron_service.transfers set from_account_id = to_account_id, to_account_id = from_account_id where " +
        "kind = 'credit_note'")]
    [InlineData("charges", "update cron_service.charges set amount = amount + 0.000001 where hour_start = '2026-03-01 05:00+00'")]
    [InlineData("charges", "update cron_service.transfers set amount = amount - 0.000001 where kind = 'charge'")]
    [InlineData("adjustments", "update cron_service.adjustments set amount = amount + 0.000001")]
    [InlineData("adjustments", "delete from cron_service.adjustments")]
    [InlineData("renewals", "insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, " +
        "effective_at) select 'dns_renewal', from_account_id, to_account_id, 1, 'dns:1:x', now() from cron_service.transfers where kind " +
        "= 'charge' limit 1")]
    [InlineData("periods", "insert into cron_service.dns_renewals (subscription_id, plan, period_start, period_end, anchor_day, " +
        "account_id, amount, external_id, run_id) values ('1', 'Pro', '2026-03-01', '2026-04-01', 1, 1, 1, 'a', 1), " +
        "('1', 'Pro', '2026-03-31', '2026-05-01', 31, 1, 1, 'b', 1)")]
    [InlineData("lines", "update cron_service.charges set terms_id = 999999 where hour_start = '2026-03-01 05:00+00'")]
    [InlineData("lines", "update cron_service.terms set effective_from = '2026-03-01 06:00+00'")]
    [InlineData("seconds", "update cron_service.server_months set seconds_billed = seconds_billed - 1")]
    [InlineData("months", "update cron_service.server_months set amount = amount - 0.000001")]
    [InlineData("months", "update cron_service.adjustments set amount = amount - 0.000001")]
    [InlineData("corrected-months", "update cron_service.server_months set seconds_counted = seconds_counted - 1")]
    [InlineData("corrected-months", "update cron_service.corrected_hours set seconds = 1")]
    [InlineData("servers", "update cron_service.enrolments set charged_amount = charged_amount - 0.000001")]
    [InlineData("days", "update cron_service.charged_days set amount = amount - 0.000001")]
    [InlineData("days", "update cron_service.charged_days set hours = hours + 1")]
    [InlineData("spells", "insert into cron_service.uptime (server_id, started_at, seen_until, is_current, is_existing, is_suspended, " +
        "is_built, billing_enabled, evidence) values (1, '2026-03-01 05:00+00', '2026-03-01 06:00+00', false, true, false, true, true, " +
        "'observed')")]
    [InlineData("hours", "delete from cron_service.charges where hour_start = '2026-03-01 05:00+00'")]
    [InlineData("hours", "update cron_service.charges set seconds_billed = 3599 where hour_start = '2026-03-01 05:00+00'")]
    [InlineData("hours", "update cron_service.uptime set seen_until = '2026-03-01 05:00+00' where started_at < '2026-03-01 05:00+00'")]
    [InlineData("holds", "with h as (insert into cron_service.holds (scope, server_id, from_hour, until_hour, hours, reason) values " +
        "('server', 1, '2026-03-01 05:00+00', '2026-03-01 06:00+00', 1, 'by hand') returning *) insert into cron_service.hold_spans " +
        "select id, 1, null, from_hour, until_hour, from_hour from h")]
    [InlineData("debits", "delete from cron_service.transfers where kind = 'debit'")]
    [InlineData("debits", "update cron_service.debits set amount = amount + 0.01 where kind = 'refund'")]
    [InlineData("taken-days", "update cron_service.taken_days set tokens = tokens + 1")]
    [InlineData("taken-days", "delete from cron_service.taken_days")]
    [InlineData("due", "delete from cron_service.debits where state = 'pending'")]
    [InlineData("statements", "update cron_service.charges set amount = amount + 0.000001 where hour_start = '2026-03-01 05:00+00'")]
    [InlineData("statements", "delete from cron_service.transfers where kind = 'debit'")]
    [InlineData("statements", "update cron_service.accounts set owed_amount = owed_amount + 0.000001 where kind = 'customer'")]
    [InlineData("panel-hours", "update public.virtfusion_hourly_transactions set amount_charged = amount_charged + 0.0002")]
    [InlineData("panel-debits", "update public.transactions set amount = -amount where id = (select min(id) from public.transactions)")]
    public async Task A_law_that_is_broken_by_hand_is_reported(string law, string by)
    {
        await using var panel = await BilledAsync();
        Assert.True((await CheckAsync(panel)).Ok);

        await panel.Database.ExecuteAsync($"set session_replication_role = replica; {by}; set session_replication_role = origin");

        var report = await CheckAsync(panel);
        Assert.False(report.Ok);
        var broken = Assert.Single(report.Checks, check => check.Name == law);
        Assert.Equal((false, Math.Min(broken.Violations, 10)), (broken.Ok, broken.Examples.Count));
        Assert.NotEmpty(broken.Examples);
    }

    [Fact]
    public async Task A_ten_thousandth_in_the_panels_hourly_rows_is_its_rounding_and_no_broken_law()
    {
        await using var panel = await BilledAsync();
        await panel.Database.ExecuteAsync("""
            update public.virtfusion_hourly_transactions set amount_charged = amount_charged + 0.0001
                where id = (select min(id) from public.virtfusion_hourly_transactions)
            """);

        Assert.True((await CheckAsync(panel)).Ok);
    }

    // Ten hours at 0.10 that were paid, of which two were credited and given back, and ten more that wait to be paid.
    private static async Task<TestPanel> BilledAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 73.00m, March);
        await panel.BillAsync(March.AddHours(10));
        await panel.Database.InOneAsync(corrected => panel.Services.Get<Corrections>()
            .CorrectAsync(corrected.Connection!, new(1, March, March.AddHours(2), 0, null, "an outage", "ann"), ct));
        await panel.Database.InOneAsync(refunded => panel.Services.Get<Refunds>()
            .OpenAsync(refunded.Connection!, 1, "ann", "an outage", ct));
        await panel.Services.Get<Delivery>().DeliverAsync(null, ct);
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/", SkyPanel.Demo.Simulators.Fault.Answer(422));
        await panel.BillAsync(March.AddHours(20));
        return panel;
    }

    private static Task<IntegrityReport> CheckAsync(TestPanel panel) =>
        panel.Services.Get<Integrity>().CheckAsync(TestContext.Current.CancellationToken);
}
