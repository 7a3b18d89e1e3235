using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>What customers are told: its texts, its endpoints and its log, on the console, to the effect in the database.</summary>
public sealed class NoticesTests(ConsoleBench bench) : IClassFixture<ConsoleBench>
{
    [Fact]
    public async Task A_text_is_previewed_stored_and_forgotten()
    {
        await using var page = await bench.OpenAsync("admin", "settings");
        await page.PressInRowAsync("runway", "Change text…");
        await page.FillAsync("subject", "Your wallet lasts {{hours}} more hours");
        await page.ConfirmAsync("Preview");
        await page.ShowsAsync("Your wallet lasts");
        await page.ConfirmAsync("Store");
        await bench.Panel.UntilAsync("select exists (select from cron_service.notice_templates where subject = 'Your wallet lasts " +
            "{{hours}} more hours')");
        await page.PressInRowAsync("runway", "Back to built-in…");
        await page.ConfirmAsync("Remove");
        await bench.Panel.UntilAsync("select not exists (select from cron_service.notice_templates)");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task An_endpoint_is_added_its_secret_shown_once_rotated_and_deleted()
    {
        await using var page = await bench.OpenAsync("admin", "settings");
        await page.PressAsync("New endpoint…");
        await page.FillAsync("url", "https://hooks.invalid/hook");
        await page.ConfirmAsync("Add");
        await page.ShowsAsync("The secret, shown only once: whsec_");
        await page.PressAsync("Hide");
        await page.ShowsNoMoreAsync("whsec_");
        await page.PressInAsync("Webhooks", "Test…");
        await page.ConfirmAsync("Post it");
        await page.ShowsAsync("It was not delivered");
        await page.PressInAsync("Webhooks", "Rotate secret…");
        await page.ConfirmAsync("Rotate");
        await page.ShowsAsync("whsec_");
        await bench.Panel.UntilAsync("select previous_secret_until > now() from cron_service.webhook_endpoints");
        await page.PressInAsync("Webhooks", "Delete…");
        await page.ConfirmAsync("Delete");
        await bench.Panel.UntilAsync("select bool_and(deleted_at is not null) from cron_service.webhook_endpoints");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_notice_is_sent_again()
    {
        await bench.App.PutAsync("/api/admin/customers/policy", new { notices = new { enabled = true } });
        await bench.App.PostAsync("/api/admin/cron/wake");
        await bench.Panel.UntilAsync("select enabled_since is not null from cron_service.notice_watch");
        await bench.Panel.Database.ExecuteAsync("""
            insert into cron_service.debits (account_id, kind, tokens, amount, reference, state, message, last_attempt_at)
            select id, 'debit', 150, 1.5, 'test', 'held', 'refused', now() from cron_service.accounts where user_id = 1
            """);
        await bench.App.PostAsync("/api/admin/cron/wake");
        await bench.Panel.UntilAsync("select exists (select from cron_service.notices where cause = 'debit_held')");
        await using var page = await bench.OpenAsync("operator", "customers/1");
        await page.PressInAsync("Notices", "Send again…");
        await page.Page.WaitForSelectorAsync("dialog[open] [name=channel]");
        await page.Page.SelectAsync("dialog[open] [name=channel]", "panel");
        await page.FillAsync("reason", "it was not seen");
        await page.ConfirmAsync("Send again");
        await bench.Panel.UntilAsync("select exists (select from cron_service.notice_deliveries where channel = 'panel' and round = 2)");
        Assert.Empty(page.Complaints);
    }
}
