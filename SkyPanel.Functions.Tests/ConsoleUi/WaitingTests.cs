using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>Debits that VirtFusion refused and hours that wait, decided one by one and all at once.</summary>
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
        await page.PressAsync("Void all 3…");
        await page.FillAsync("reason", "all of it");
        await page.ConfirmAsync("Void all");
        await page.ShowsAsync("No debit waits.");
        await bench.App.PostAsync("/api/admin/cron/wake");
        await bench.Panel.UntilAsync("select array_agg(state order by state) = '{settled,settled,voided,voided,voided,voided}' " +
            "from cron_service.debits where decision_reason is not null");

        await page.PressAsync("Reject…");
        await page.FillAsync("reason", "our outage");
        await page.ConfirmAsync("Reject");
        await bench.Panel.UntilAsync(
            "select exists (select from cron_service.holds where state = 'rejected' and decision_reason = 'our outage')");
        await page.PressAsync("Approve all 4…");
        await page.FillAsync("reason", "they did run");
        await page.ConfirmAsync("Approve all");
        await bench.Panel.UntilAsync(
            "select count(*) = 4 from cron_service.holds where state = 'approved' and decision_reason = 'they did run'");
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
}
