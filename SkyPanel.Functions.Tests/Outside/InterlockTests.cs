using System.Net;
using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class InterlockTests
{
    private const string EngineSql = """
        create table public.virtfusion_cron_settings (
            id serial primary key, enabled boolean not null default false, hours_per_month integer not null default 730,
            billing_on_first_enabled boolean not null default true, hourly_billing_enabled boolean not null default true,
            last_monthly_billing timestamp, last_hourly_billing timestamp, created_at timestamp not null default now(),
                updated_at timestamp not null default now())
        """;

    internal const string ForeignHourSql = """
        insert into public.virtfusion_hourly_transactions (billing_id, user_id, server_id, amount_charged, billing_period_start,
            billing_period_end, status)
        select id, user_id, server_id, 0.0685, '2026-01-01 00:00', '2026-01-01 01:00', 'completed'
            from public.virtfusion_hourly_billing limit 1
        """;

    private const string ForeignDebitSql = """
        insert into public.transactions (user_id, amount, type, description, status)
            values (1, -0.07, 'server_hourly_billing', 'by the panel', 'completed')
        """;

    [Fact]
    public async Task While_the_panel_s_own_engine_works_nothing_is_billed_not_even_by_hand()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(10));
        await panel.Database.ExecuteAsync(EngineSql);
        await panel.Database.ExecuteAsync("insert into public.virtfusion_cron_settings (enabled) values (false), (true)");
        // History: it was before the take-over, and never counts.
        await panel.Database.ExecuteAsync(ForeignHourSql);
        await panel.Database.ExecuteAsync(ForeignDebitSql);
        var app = await panel.StartAppAsync();

        Assert.Contains("virtfusion_cron_settings.enabled", await SkippedAsync(app), StringComparison.Ordinal);
        await panel.Database.ExecuteAsync(
            "update public.virtfusion_cron_settings set enabled = false, last_hourly_billing = '2026-01-01 00:00' where id = 2");
        await BilledAsync(app, hours: 10);
        await panel.Database.ExecuteAsync(ForeignHourSql);
        await BilledAsync(app, hours: 0);

        await app.PutAsync(OutsidePanel.Settings, new { enabled = true });
        await BilledAsync(app, hours: 0);
        foreach (var sign in new[] { ForeignHourSql, ForeignDebitSql,
            "update public.virtfusion_cron_settings set last_hourly_billing = last_hourly_billing + interval '1 hour' where id = 2" })
        {
            await panel.Database.ExecuteAsync(sign);
            Assert.Contains("enable hourly-billing again", await SkippedAsync(app), StringComparison.Ordinal);
            await panel.Database.ExecuteAsync("update public.server_hourly_billing_settings set cron_enabled = false");
            await panel.Database.ExecuteAsync("update public.server_hourly_billing_settings set cron_enabled = true");
            var reason = await SkippedAsync(app);
            var billing = (await app.GetAsync(OutsidePanel.Status)).Body["billing"]!;
            Assert.Equal("on", billing["interlock"]!.GetValue<string>());
            Assert.StartsWith(billing["interlockReason"]!.GetValue<string>(), reason, StringComparison.Ordinal);
            // Only an admin who has looked frees it.
            await app.PutAsync(OutsidePanel.Settings, new { note = "not this" });
            await SkippedAsync(app);
            await app.PutAsync(OutsidePanel.Settings, new { enabled = true });
            await BilledAsync(app, hours: 0);
        }
        // Another kind of transaction is nobody's business here.
        await panel.Database.ExecuteAsync(
            "insert into public.transactions (user_id, amount, type, description) values (1, 10, 'credit', 'PayPal')");
        await BilledAsync(app, hours: 0);
        await panel.BooksBalanceAsync();
    }

    [Fact]
    public async Task Switched_off_it_bills_whatever_the_signs_and_status_shows_it()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(10));
        await panel.Database.ExecuteAsync(EngineSql);
        await panel.Database.ExecuteAsync("insert into public.virtfusion_cron_settings (enabled) values (true)");
        var app = await panel.StartAppAsync(("Billing__Interlock", "off"));
        await app.PutAsync(OutsidePanel.Settings, new { enabled = true });
        await panel.Database.ExecuteAsync(ForeignDebitSql);

        await BilledAsync(app, hours: 10);
        Assert.Equal("off", (await app.GetAsync(OutsidePanel.Status)).Body["billing"]!["interlock"]!.GetValue<string>());
    }

    [Fact]
    public async Task Rows_whose_ids_are_uuids_are_told_apart_too()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(10));
        foreach (var table in new[] { "transactions", "virtfusion_hourly_transactions" })
        {
            await panel.Database.ExecuteAsync($"alter table public.{table} drop id");
            await panel.Database.ExecuteAsync($"alter table public.{table} add id uuid primary key default gen_random_uuid()");
        }
        await panel.Database.ExecuteAsync(ForeignHourSql);
        await panel.Database.ExecuteAsync(ForeignDebitSql);
        var app = await panel.StartAppAsync();
        Assert.Equal(HttpStatusCode.OK, (await app.PutAsync(OutsidePanel.Settings, new { enabled = true })).Status);

        await BilledAsync(app, hours: 10);
        await BilledAsync(app, hours: 0);
        foreach (var sign in new[] { ForeignHourSql, ForeignDebitSql })
        {
            await panel.Database.ExecuteAsync(sign);
            Assert.Contains("1 rows that are not ours", await SkippedAsync(app), StringComparison.Ordinal);
            await app.PutAsync(OutsidePanel.Settings, new { enabled = true });
            await BilledAsync(app, hours: 0);
        }
    }

    private static async Task<string> SkippedAsync(AppProcess app)
    {
        var answer = (await app.PostAsync(OutsidePanel.Trigger)).Body;
        Assert.Equal(("skipped", false, 0), (answer["status"]!.GetValue<string>(), answer["success"]!.GetValue<bool>(),
            answer["result"]!["hoursBilled"]!.GetValue<int>()));
        var run = (await app.GetAsync($"/api/admin/cron/runs/{answer["runId"]}")).Body["run"]!;
        Assert.Equal("skipped", run["status"]!.GetValue<string>());
        return run["message"]!.GetValue<string>();
    }

    private static async Task BilledAsync(AppProcess app, int hours)
    {
        JsonObject answer = (await app.PostAsync(OutsidePanel.Trigger)).Body;
        Assert.True(answer["success"]!.GetValue<bool>(), answer.ToJsonString());
        // The hour may turn during the test.
        Assert.InRange(answer["result"]!["hoursBilled"]!.GetValue<int>(), hours, hours + 1);
    }
}
