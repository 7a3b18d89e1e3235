using System.Net;
using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>What an operator does on the console, to its effect in the database.</summary>
public sealed class ActionsTests(ConsoleBench bench) : IClassFixture<ConsoleBench>
{
    [Fact]
    public async Task A_run_by_hand_is_recorded_under_its_key()
    {
        await using var page = await bench.OpenAsync("operator");
        var before = await bench.Panel.ScalarAsync<long>(
            "select count(*) from cron_service.runs where job = 'hourly-billing' and requested_by like 'key:%'");
        await page.PressAsync("Run now");
        await page.ConfirmAsync("Run");
        await page.ShowsAsync("succeeded");
        await bench.Panel.UntilAsync("select count(*) > @before from cron_service.runs where job = 'hourly-billing' and requested_by " +
            "like 'key:%'", ("before", before));
    }

    [Fact]
    public async Task A_hold_is_approved_with_its_reason()
    {
        await using var page = await bench.OpenAsync("operator", "inbox");
        await page.PressAsync("Approve…");
        await page.FillAsync("reason", "looked at it");
        await page.ConfirmAsync("Approve");
        await bench.Panel.UntilAsync("select exists (select from cron_service.holds where state = 'approved' and decision_reason = " +
            "'looked at it')");
    }

    [Fact]
    public async Task Everything_is_paused_and_resumed()
    {
        await using var page = await bench.OpenAsync("admin");
        await page.PressAsync("Pause all");
        await page.FillAsync("note", "moving house");
        await page.ConfirmAsync("Pause all");
        await page.ShowsAsync("moving house");
        Assert.True(await bench.Panel.ScalarAsync<bool>("select exists (select from cron_service.pauses where job = '*')"));
        await page.PressAsync("Resume all");
        await page.ConfirmAsync("Resume all");
        await bench.Panel.UntilAsync("select not exists (select from cron_service.pauses)");
    }

    [Fact]
    public async Task A_schedule_is_previewed_and_changed()
    {
        await using var page = await bench.OpenAsync("admin", "schedules");
        await page.Page.EvaluateExpressionAsync(
            "[...document.querySelectorAll('section')].find(s => s.getAttribute('aria-label') === " +
            "'Maintenance').querySelectorAll('button')[1].click()");
        await page.FillAsync("schedule", "45 4 * * *");
        await page.ConfirmAsync("Preview");
        await page.ShowsAsync("At 04:45");
        await page.FillAsync("note", "an edit");
        await page.ShowsNoMoreAsync("At 04:45");
        await page.ConfirmAsync("Save");
        await bench.Panel.UntilAsync("select exists (select from cron_service.jobs where job = 'maintenance' and schedule = '45 4 * * *')");
    }

    [Fact]
    public async Task An_hour_is_explained_and_corrected()
    {
        var hour = OutsidePanel.HoursAgo(3);
        await using var page = await bench.OpenAsync("operator", $"servers/2?month={hour:yyyy-MM}&hour={hour:yyyy-MM-ddTHH}:00:00Z");
        await page.ShowsAsync("round6(");
        await page.PressAsync("Correct…");
        await page.FillAsync("reason", "host rebooted");
        await page.ConfirmAsync("Preview");
        await page.ShowsAsync("credit note of");
        await page.ConfirmAsync("Correct");
        await bench.Panel.UntilAsync("select exists (select from cron_service.adjustments where server_id = 2 and kind = 'credit_note' " +
            "and reason = 'host rebooted')");
    }

    [Fact]
    public async Task What_a_correction_left_owing_is_refunded()
    {
        var (from, until) = (OutsidePanel.HoursAgo(2), OutsidePanel.HoursAgo(0));
        Assert.Equal(HttpStatusCode.OK, (await bench.App.PostAsync("/api/admin/billing/servers/2/corrections",
            new { fromHour = $"{from:yyyy-MM-ddTHH}:00:00Z", untilHour = $"{until:yyyy-MM-ddTHH}:00:00Z", secondsPerHour = 0,
                reason = "outage" })).Status);
        await using var page = await bench.OpenAsync("operator", "customers/2");
        await page.PressAsync("Refund…");
        await page.FillAsync("reason", "ticket 42");
        await page.ConfirmAsync("Refund");
        await bench.Panel.UntilAsync("select exists (select from cron_service.debits where kind = 'refund')");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_held_top_up_is_granted_from_the_inbox_and_then_refunded_from_its_customers_page()
    {
        var id = await bench.AddHeldTopUpAsync();
        await using var page = await bench.OpenAsync("operator", "inbox");
        await page.PressAsync("Grant…");
        await page.FillAsync("reason", "the payer is theirs");
        await page.ConfirmAsync("Grant");
        await bench.Panel.UntilAsync("select exists (select from cron_service.top_ups where id = @id and state = 'granted')", ("id", id));
        await page.GoAsync("customers/1");
        await page.PressInAsync("Top-ups", "Refund…");
        await page.FillAsync("amount", "4.00");
        await page.FillAsync("reason", "paid too much");
        await page.ConfirmAsync("Refund");
        await bench.Panel.UntilAsync("select exists (select from cron_service.top_up_refunds where top_up_id = @id and amount = 4)",
            ("id", id));
        await page.ShowsAsync("partly refunded");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task The_policy_of_customers_is_changed()
    {
        await using var page = await bench.OpenAsync("admin", "settings");
        await page.PressAsync("Change suspension…");
        await page.FillAsync("graceHours", "48");
        await page.FillAsync("creditLimit", "-1");
        await page.ConfirmAsync("Save");
        await page.ShowsAsync("suspension.creditLimit");
        await page.FillAsync("creditLimit", "5.5");
        await page.ConfirmAsync("Save");
        await bench.Panel.UntilAsync("select grace_hours = 48 and credit_limit = 5.5 from cron_service.customer_policy");
        await page.PressAsync("Change notices…");
        await page.FillAsync("thresholdHours", "48, 12");
        await page.ConfirmAsync("Save");
        await bench.Panel.UntilAsync("select notice_threshold_hours = '{48,12}' from cron_service.customer_policy");
        page.OnlyComplainsOf(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_customers_statement_is_shown_with_its_sums()
    {
        await using var page = await bench.OpenAsync("viewer", "customers/1");
        await page.PressInAsync("Statements", $"Show {OutsidePanel.HoursAgo(3):yyyy-MM}");
        await page.ShowsAsync("Closing");
        await page.ShowsAsync("provisional");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Customers_are_filtered_and_sorted_by_their_runway()
    {
        await using var page = await bench.OpenAsync("viewer", "customers?sort=runway");
        await page.ShowsAsync("Runway");
        await page.Page.SelectAsync("form.filters select", "suspended");
        await page.ShowsAsync("No customer matches.");
        Assert.EndsWith("#/customers?sort=runway&state=suspended", page.Page.Url, StringComparison.Ordinal);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_running_run_is_cancelled_and_run_again()
    {
        var gate = new RequestGate();
        bench.Panel.VirtFusion.Faults.Add("GET", "servers", Fault.Hold(gate));
        var triggered = bench.App.PostAsync(OutsidePanel.Trigger);
        await gate.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        var run = await bench.Panel.ScalarAsync<long>("select id from cron_service.runs where status = 'running'");
        await using var page = await bench.OpenAsync("operator", $"runs/{run}");
        await page.PressAsync("Cancel");
        await page.ConfirmAsync("Cancel the run");
        await bench.Panel.UntilAsync("select cancel_requested_at is not null from cron_service.runs where id = @run", ("run", run));
        await bench.App.SaysAsync("stops at a safe point");
        gate.Open();
        await triggered;
        bench.Panel.VirtFusion.Faults.Clear();
        Assert.Equal("cancelled",
            await bench.Panel.ScalarAsync<string>("select status from cron_service.runs where id = @run", ("run", run)));
        await page.PressAsync("Dry run");
        await page.ConfirmAsync("Dry run");
        await page.ShowsAsync("A run would charge");
        await page.PressAsync("Run again");
        await page.ConfirmAsync("Run");
        await bench.Panel.UntilAsync("select exists (select from cron_service.runs where id > @run and status = 'succeeded')",
            ("run", run));
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_viewer_is_offered_no_action()
    {
        await using var page = await bench.OpenAsync("viewer");
        Assert.False(await page.HasButtonAsync("Run now"));
        await page.GoAsync("inbox");
        Assert.False(await page.HasButtonAsync("Approve…"));
        await page.GoAsync("schedules");
        Assert.False(await page.HasButtonAsync("Change…"));
    }

    [Fact]
    public async Task A_revoked_key_leads_back_to_the_login_and_then_to_the_same_page()
    {
        var (_, made) = await bench.App.PostAsync("/api/admin/keys", new { name = "to-be-revoked", role = "viewer" });
        await using var page = await bench.OpenWithKeyAsync(made["key"]!.GetValue<string>(), "doctor");
        Assert.Equal(HttpStatusCode.OK, (await bench.App.SendAsync(HttpMethod.Delete, $"/api/admin/keys/{made["info"]!["id"]}")).Status);
        await page.PressAsync("Check again");
        await page.ShowsAsync("Log in again");
        await page.Page.TypeAsync("input[type=password]", bench.KeyOf("viewer"));
        await page.PressAsync("Log in");
        await page.Page.WaitForSelectorAsync("nav");
        Assert.EndsWith("#/doctor", page.Page.Url, StringComparison.Ordinal);
    }
}
