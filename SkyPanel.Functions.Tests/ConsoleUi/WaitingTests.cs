using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>Debits and grants that VirtFusion refused and hours that wait, decided one by one and all at once.</summary>
public sealed class WaitingTests
{
    [Fact]
    public async Task Held_debits_are_settled_sent_again_voided_and_decided_together()
    {
        await using var bench = new ConsoleBench { RefusesDebits = true };
        await bench.InitializeAsync();
        Assert.Equal(6, await bench.Panel.ScalarAsync<long>("select count(*) from cron_service.debits where state = 'held'"));
        await using var page = await bench.OpenAsync("operator", "inbox");
        // The list begins with the latest.
        await DecideAsync("It was taken…", "Settle", "settled", left: 5);
        bench.Panel.VirtFusion.Faults.Clear();
        await DecideAsync("Send again…", "Resend", "resent", left: 4);
        await DecideAsync("Void…", "Void", "voided", left: 3);
        await page.GoAsync($"inbox?runId={await bench.Panel.ScalarAsync<long>("select min(run_id) from cron_service.debits")}");
        await page.PressAsync("Void all 3…");
        await page.FillAsync("reason", "all of it");
        await page.ConfirmAsync("Void all");
        await page.ShowsAsync("No debit waits.");
        await page.GoAsync("inbox");
        await bench.App.PostAsync("/api/admin/cron/wake");
        await bench.Panel.UntilAsync("select array_agg(state order by state) = '{settled,settled,voided,voided,voided,voided}' " +
            "from cron_service.debits where decision_reason is not null");

        await page.PressAsync("Reject…");
        await page.FillAsync("reason", "our outage");
        await page.ConfirmAsync("Reject");
        await bench.Panel.UntilAsync(
            "select exists (select from cron_service.holds where state = 'rejected' and decision_reason = 'our outage')");
        await HoldCorrectionAsync(bench, page);
        // A hold without a payer can only be rejected.
        await bench.Panel.Database.ExecuteAsync("""
            with held as (
                insert into cron_service.holds (scope, server_id, from_hour, until_hour, hours, reason)
                values ('server', 99, '2026-01-01Z', '2026-01-01 01:00Z', 1, 'nobody pays') returning *)
            insert into cron_service.hold_spans (hold_id, server_id, from_hour, until_hour, charged_until)
            select id, server_id, from_hour, until_hour, from_hour from held
            """);
        await page.ShowsAsync("Reject all 5…");
        await page.PressAsync("Approve all 4…");
        await page.FillAsync("reason", "they did run");
        await page.ConfirmAsync("Approve all");
        await bench.Panel.UntilAsync(
            "select count(*) = 4 from cron_service.holds where state = 'approved' and decision_reason = 'they did run'");
        await using (var admin = await bench.OpenAsync("admin", "inbox?scope=correction"))
        {
            await admin.PressAsync("Approve…");
            await admin.ShowsAsync("It is posted at once.");
            await admin.FillAsync("reason", "the right package");
            await admin.ConfirmAsync("Approve");
            await bench.Panel.UntilAsync("select exists (select from cron_service.adjustments where kind = 'supplement')");
        }
        await page.GoAsync("inbox?state=approved");
        await page.PressAsync("Withdraw…");
        await page.FillAsync("reason", "not sure");
        await page.ConfirmAsync("Withdraw");
        await bench.Panel.UntilAsync("select exists (select from cron_service.holds where state = 'open' and server_id is not null)");
        Assert.Empty(page.Complaints);

        async Task DecideAsync(string action, string confirm, string reason, int left)
        {
            await page.PressInAsync("Debits in doubt and held", action);
            await page.FillAsync("reason", reason);
            await page.ConfirmAsync(confirm);
            await bench.Panel.UntilAsync(
                "select exists (select from cron_service.debits where decision_reason = @reason)", ("reason", reason));
            await page.Page.WaitForFunctionAsync(
                "left => document.querySelectorAll('section[aria-label=\"Debits in doubt and held\"] tbody tr').length === left", left);
        }
    }

    [Fact]
    public async Task A_held_grant_is_shown_as_tokens_that_are_given()
    {
        await using var bench = new ConsoleBench { RefusesDebits = true };
        await bench.InitializeAsync();
        var topUp = await bench.AddHeldTopUpAsync();
        await bench.App.PostAsync($"/api/admin/payments/top-ups/{topUp}/grant", new { reason = "the payer is theirs" });
        await bench.App.PostAsync("/api/admin/cron/wake");
        await bench.Panel.UntilAsync("select exists (select from cron_service.debits where kind = 'grant' and state = 'held')");
        var tokens = await bench.Panel.ScalarAsync<long>("select tokens from cron_service.debits where kind = 'grant'");
        await using var page = await bench.OpenAsync("operator", "inbox");
        await page.ShowsAsync($"+{tokens:N0}");
        await page.PressAsync("It was given…");
        await page.ShowsAsync($"VirtFusion did give {tokens:N0} tokens");
        await page.ConfirmAsync("Cancel");
        await page.PressAsync("Send again…");
        await page.ShowsAsync("Make sure that they were not given.");
        await page.ConfirmAsync("Cancel");
        // The list begins with the latest.
        await page.PressAsync("Void…");
        await page.ShowsAsync("the top-up waits under Held top-ups");
        await page.FillAsync("reason", "another customer's");
        await page.ConfirmAsync("Void");
        await bench.Panel.UntilAsync("select exists (select from cron_service.debits where kind = 'grant' and state = 'voided')");
        Assert.Empty(page.Complaints);
    }

    private static async Task HoldCorrectionAsync(ConsoleBench bench, ConsolePage page)
    {
        var hour = OutsidePanel.HoursAgo(3);
        await page.GoAsync($"servers/2?month={hour:yyyy-MM}&hour={hour:yyyy-MM-ddTHH}:00:00Z");
        await page.PressAsync("Correct…");
        await page.FillAsync("secondsPerHour", "3600");
        await page.FillAsync("price", "9999");
        await page.FillAsync("reason", "the wrong package");
        await page.ConfirmAsync("Preview");
        await page.ShowsAsync("It would wait for an admin: ");
        await page.ConfirmAsync("Correct");
        await page.ShowsAsync("It waits in hold ");
        await page.GoAsync("inbox?scope=correction");
        await page.ShowsAsync("An admin decides.");
        Assert.False(await page.HasButtonAsync("Approve…"));
        await page.GoAsync("inbox");
    }
}
